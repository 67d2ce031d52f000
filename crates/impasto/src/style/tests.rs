//! The whole of style transfer with a small network of numbers that are drawn.

use impasto_system::{Monitor, Progress, Recorder, Span, Stage};

use burn::tensor::Device;
use impasto_random::Random;

use super::room::{COPIES, REST};
use super::*;
use crate::error::{Action, Classify};
use crate::features::chain::drawn;
use crate::steer::psnr;

fn sight() -> Sight {
    let style = [("one", 1.0), ("two", 2.0), ("three", 1.0)];
    Sight::of("drawn", drawn(&Device::flex()), &style, "two", 0.2, 32)
}

/// Soft blobs of colour.
fn painted(width: usize, height: usize, key: u64) -> Picture {
    let small = Random::new(key, "picture", 0).uniforms(8 * 6 * 3, 0.0, 255.0);
    let small = Picture::new(8, 6, 3, small.iter().map(|&value| value as u8).collect());
    squeezed(small, width, height)
}

fn style(key: u64) -> Style {
    Style { picture: painted(60, 48, key), weight: 1.0, mask: None }
}

fn order() -> Order {
    Order { size: 64, steps: 12, ..Order::default() }
}

fn goal<'a>(sight: &'a Sight, loss: Loss, styles: &[Style], size: [usize; 2], tile: Option<u64>) -> Goal<'a> {
    let order = Order { size: size[1], loss, ..order() };
    let scene = Scene::new(&painted(90, 70, 1), styles, size, &order);
    let mut goal = scene.goal(sight, styles, &order, &mut Span::unwatched()).unwrap().unwrap();
    goal.precision = Precision::F32;
    if let Some(bytes) = tile {
        goal.tiles = tiles::tiles(&sight.chain, sight.last(), size, bytes, 1).unwrap();
        assert!(goal.tiles.len() > 3);
    }
    goal
}

#[test]
fn the_gradient_of_the_whole_loss_agrees_with_finite_differences() {
    let sight = sight();
    let size = [22, 30];
    for loss in [Loss::Gram, Loss::MeanStd] {
        let goal = goal(&sight, loss, &[style(2), style(3)], size, None);
        let pixels = colour::numbers(&painted(30, 22, 4), size);
        let look = |pixels: &Map, step| goal.look(pixels, step, &mut Span::unwatched()).unwrap();
        let gradient = look(&pixels, 0).1;
        // Along the gradient, where there is most to be seen above the rounding.
        let largest = gradient.values.iter().fold(0f32, |most, value| most.max(value.abs()));
        let way: Vec<f32> = gradient.values.iter().map(|value| value / largest).collect();
        let at = |step: f32| {
            let mut moved = pixels.clone();
            moved.values.iter_mut().zip(&way).for_each(|(value, way)| *value += step * way);
            look(&moved, 0).0.sum()
        };
        let along: f64 = gradient.values.iter().zip(&way).map(|(a, b)| f64::from(a * b)).sum();
        let found = (at(2e-3) - at(-2e-3)) / 4e-3;
        assert!((along - found).abs() < 0.03 * along, "{loss:?}: {along} against {found}");
    }
}

#[test]
fn tiles_have_the_loss_and_gradient_of_the_whole_picture() {
    let sight = sight();
    let size = [180, 203];
    let mask = Picture::new(90, 70, 1, (0..90 * 70).map(|at| (at % 90 * 2) as u8).collect());
    let masked = Style { mask: Some(mask), ..style(2) };
    for loss in Loss::ALL {
        for styles in [vec![style(2)], vec![masked.clone(), style(3)]] {
            let pixels = colour::numbers(&painted(203, 180, 4), size);
            let [whole, tiled] = [None, Some(100 * 100)].map(|tile| goal(&sight, loss, &styles, size, tile));
            let mut heard = Recorder::default();
            let (apart, slopes) = whole.look(&pixels, 3, &mut Span::unwatched()).unwrap();
            let span = &mut Span::whole(&mut heard, Stage::Styling);
            let (other, tiled) = tiled.look(&pixels, 3, span).unwrap();
            let parts = heard.done();
            let (one, other) = (apart.sum(), other.sum());
            assert!(parts.is_sorted() && parts.last().is_some_and(|part| (part - 1.0).abs() < 1e-9));
            assert!((one - other).abs() < 1e-4 * one, "{loss:?}: {one}, {other}");
            let largest = slopes.values.iter().fold(0f32, |most, value| most.max(value.abs()));
            let apart = slopes.values.iter().zip(&tiled.values).map(|(a, b)| (a - b).abs());
            assert!(apart.fold(0f32, f32::max) < 2e-3 * largest, "{loss:?}");
        }
    }
}

/// So much memory that a picture of this size has several tiles.
fn tight(sight: &Sight, size: [usize; 2]) -> u64 {
    REST + (COPIES * 12 + 4) * area(size) as u64 + 110 * 110 * sight.bytes_per_pixel()
}

#[test]
fn a_picture_that_is_worked_on_in_tiles_is_the_same_to_the_eye() {
    let sight = sight();
    let content = painted(240, 180, 6);
    let order = Order { size: 240, steps: 8, ..order() };
    let paint = |memory| {
        stylise(&sight, &content, &[style(7)], &Order { memory, ..order.clone() }, &mut Span::unwatched())
    };
    let whole = paint(u64::MAX / 2).unwrap();
    let tiled = paint(tight(&sight, size_of(&content, 240))).unwrap();
    assert!(whole.tiles == 1 && tiled.tiles > 3, "{} and {} tiles", whole.tiles, tiled.tiles);
    let near = psnr(&whole.picture, &tiled.picture);
    assert!(near >= 40.0, "{near} dB");
}

#[test]
fn the_work_brings_a_picture_nearer_to_its_goal_and_is_the_same_each_time() {
    let sight = sight();
    for loss in Loss::ALL {
        let order = Order { loss, ..order() };
        let paint =
            |span: &mut Span<'_>| stylise(&sight, &painted(80, 60, 8), &[style(9)], &order, span).unwrap();
        let mut heard = Recorder::default();
        let one = paint(&mut Span::whole(&mut heard, Stage::Styling));
        let losses: Vec<(f64, f64)> = heard
            .figures
            .iter()
            .filter_map(|figures| Some((figure(figures, "width")?, figure(figures, "loss")?)))
            .collect();
        let last: Vec<f64> =
            losses.iter().filter(|(width, _)| *width == 64.0).map(|(_, loss)| *loss).collect();
        assert_eq!((last.len(), one.steps, losses.len()), (12, 30, 30));
        assert!(losses[0].1 > 1.05 * one.loss.unwrap(), "{loss:?}: {losses:?}");
        assert_eq!((one.picture.width(), one.picture.height()), (64, 48));
        assert!(one.picture == paint(&mut Span::unwatched()).picture);
    }
}

#[test]
fn work_that_is_stopped_keeps_what_there_is_at_full_size() {
    let sight = sight();
    let mut heard = Recorder { wants_previews: true, ..Recorder::stopping_after(5) };
    let span = &mut Span::whole(&mut heard, Stage::Styling);
    let done = stylise(&sight, &painted(80, 60, 8), &[style(9)], &order(), span).unwrap();
    assert!(done.stopped && done.steps > 0 && done.picture.width() == 64, "{} steps", done.steps);
    for (figures, [width, height]) in heard.figures.iter().zip(&heard.previews) {
        assert_eq!(figure(figures, "width"), Some(*width as f64));
        assert_eq!(figure(figures, "height"), Some(*height as f64));
    }
}

#[test]
fn a_first_look_at_a_size_is_told_and_can_be_stopped_too() {
    let sight = sight();
    let order = Order { size: 300, memory: tight(&sight, [225, 300]), ..order() };
    // Stops at the first word about the larger size.
    #[derive(Default)]
    struct UntilLarge(Recorder);
    impl Monitor for UntilLarge {
        fn progress(&mut self, progress: &Progress<'_>) {
            self.0.progress(progress);
        }
        fn should_stop(&self) -> bool {
            self.0.figures.iter().any(|figures| figure(figures, "width") == Some(300.0))
        }
    }
    let mut heard = UntilLarge::default();
    let span = &mut Span::whole(&mut heard, Stage::Styling);
    let done = stylise(&sight, &painted(80, 60, 8), &[style(9)], &order, span).unwrap();
    let shares = heard.0.done();
    assert!(shares.is_sorted() && shares.iter().all(|share| (0.0..1.0).contains(share)), "{shares:?}");
    assert!(done.stopped && done.steps > 0 && done.loss.is_some());
    assert_eq!((done.picture.width(), done.picture.height()), (300, 225));
}

#[test]
fn colours_are_kept_where_they_are_to_be() {
    let sight = sight();
    // Muted, so that no colour is cut off at the end of its range.
    let mut content = painted(64, 48, 10);
    content.pixels_mut().iter_mut().for_each(|byte| *byte = 96 + *byte / 4);
    let order = Order { keep_colours: true, ..order() };
    let kept = stylise(&sight, &content, &[style(11)], &order, &mut Span::unwatched()).unwrap().picture;
    assert!(psnr(&kept, &content) < 40.0, "the light has changed");
    let is_bright = |pixel: &[u8]| pixel.iter().any(|&byte| byte == 0 || byte == 255);
    let pixels = kept.pixels().chunks(3).zip(content.pixels().chunks(3)).filter(|(now, _)| !is_bright(now));
    for (now, before) in pixels {
        let colour = |pixel: &[u8], at: usize| i32::from(pixel[at]) - i32::from(pixel[at + 1]);
        assert!((0..2).all(|at| (colour(now, at) - colour(before, at)).abs() <= 2), "{now:?}, {before:?}");
    }
}

#[test]
fn a_mask_keeps_a_style_to_its_place() {
    let sight = sight();
    let content = painted(96, 64, 12);
    let left = |at: usize| if at % 96 < 48 { 255 } else { 0 };
    let mask = Picture::new(96, 64, 1, (0..96 * 64).map(left).collect());
    let order = Order { size: 96, strength: 0.9, ..order() };
    let masked = Style { mask: Some(mask), ..style(13) };
    let done = stylise(&sight, &content, &[masked], &order, &mut Span::unwatched()).unwrap().picture;
    let change = |columns: std::ops::Range<usize>| {
        let of = |row: usize, column: usize| {
            let pair = done.pixel(column, row).iter().zip(content.pixel(column, row));
            pair.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>()
        };
        (0..64)
            .flat_map(|row| columns.clone().map(move |column| (row, column)))
            .map(|(r, c)| of(r, c))
            .sum::<f64>()
    };
    assert!(change(0..40) > 2.0 * change(56..96), "{} and {}", change(0..40), change(56..96));
}

#[test]
fn what_does_not_fit_is_refused_with_its_sizes() {
    let sight = sight();
    let content = painted(80, 60, 1);
    let refused = |styles: &[Style], order: &Order| {
        stylise(&sight, &content, styles, order, &mut Span::unwatched()).unwrap_err().to_string()
    };
    assert!(refused(&[], &order()).contains("a style is missing"));
    let mask = Some(Picture::filled(20, 30, &[255]));
    let error = refused(&[Style { mask, ..style(2) }], &order());
    assert!(error.contains("20 x 30") && error.contains("80 x 60"), "{error}");
    let mask = Some(Picture::filled(80, 60, &[0]));
    assert!(refused(&[Style { mask, ..style(2) }], &order()).contains("black"));
    assert!(refused(&[style(2)], &Order { size: 8, ..order() }).contains("too small for the network"));
    let error = stylise(
        &sight,
        &content,
        &[style(2)],
        &Order { size: 900, memory: 1000, ..order() },
        &mut Span::unwatched(),
    );
    let keys = error.unwrap_err().class().hints.into_iter().map(|hint| match hint.action {
        Action::Set { key, .. } => key,
        other => panic!("{other:?}"),
    });
    assert_eq!(keys.collect::<Vec<_>>(), ["memory", "size"]);
    // A style that is too large is known before the work begins, too.
    let large = Order { size: 800, memory: 350_000_000, style_size: 60.0, ..order() };
    let mut heard = Recorder::default();
    let span = &mut Span::whole(&mut heard, Stage::Styling);
    let refused = stylise(&sight, &content, &[style(2)], &large, span).unwrap_err().to_string();
    assert!(refused.contains("MB of memory") && heard.progress.is_empty(), "{refused}");
}

#[test]
fn the_builtin_network_sees_styles_and_its_sizes_rise() {
    let sight = Sight::builtin(&Device::flex());
    let sizes = |size| plan(&sight, size, 10).into_iter().map(|(size, _)| size).collect::<Vec<_>>();
    assert_eq!(sizes([768, 1024]), [[192, 256], [384, 512], [768, 1024]]);
    assert_eq!(sizes([300, 400]), [[150, 200], [300, 400]]);
    assert_eq!((sizes([256, 256]), sizes([128, 96])), (vec![[128, 128], [256, 256]], vec![[128, 96]]));
    let small = painted(300, 200, 1);
    let side = |longest, times| size_of_style(&small, longest, times, 32);
    assert_eq!((side(150, 1.0), side(900, 1.0), side(900, 2.0)), ([100, 150], [200, 300], [400, 600]));
    assert_eq!((side(900, 0.5), side(10, 1.0)), ([200, 300], [32, 32]));
    let steps = [256, 512, 1024, 4096].map(Order::steps_at);
    assert_eq!(steps, [60, 60, 40, 18]);
    let order = Order { size: 64, steps: 30, strength: 0.9, ..Order::default() };
    let stripes = (0..64 * 64).flat_map(|at| if at / 64 % 8 < 4 { [250, 240, 20] } else { [10, 20, 120] });
    let stripes = Picture::new(64, 64, 3, stripes.collect());
    let stripes = Style { picture: stripes, weight: 1.0, mask: None };
    let mut heard = Recorder::default();
    let span = &mut Span::whole(&mut heard, Stage::Styling);
    let done = stylise(&sight, &painted(64, 64, 3), &[stripes], &order, span).unwrap();
    let first = heard.figures.iter().rfind(|figures| figure(figures, "step") == Some(1.0));
    let [first, last] = [first.and_then(|figures| figure(figures, "loss")), done.loss].map(Option::unwrap);
    assert!(last < 0.8 * first, "{last} from {first}");
}

fn figure(figures: &[(String, f64)], name: &str) -> Option<f64> {
    figures.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
}
