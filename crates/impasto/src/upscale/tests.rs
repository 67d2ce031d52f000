use super::*;
use impasto_system::{Recorder, Span, Stage};

use crate::weights::made_up;
use impasto_random::Random;

/// A network of numbers that are made up, whose pictures stay in range.
fn upscaler(network: UpscaleNetwork) -> Upscaler {
    let weights = made_up(network.weights_name(), |_, at, shape| {
        let fan = shape.iter().skip(1).product::<usize>().max(1) as f32;
        0.3 * (at as f32 * 0.7).sin() * (2.0 / fan).sqrt()
    });
    Upscaler::from_weights(network, weights, &Device::flex())
}

fn picture(width: usize, height: usize, channels: usize) -> Picture {
    let coarse = Raster::new(9, 8, channels, Random::new(1, "upscale", 0).uniforms(72 * channels, 0.0, 1.0));
    coarse.resized(width, height, Filter::Cubic, Edge::Still).picture()
}

#[test]
fn tiles_come_to_what_the_whole_would() {
    let whole = upscaler(UpscaleNetwork::Animevideo);
    let tiled = Upscaler { tiles: Tiles { core: 24, margin: 20 }, ..upscaler(UpscaleNetwork::Animevideo) };
    let picture = picture(70, 90, 3);
    for times in [2, 3, 4] {
        let one = whole.enlarged(&picture, times, &mut Span::unwatched()).unwrap();
        let other = tiled.enlarged(&picture, times, &mut Span::unwatched()).unwrap();
        assert_eq!((one.width(), one.height()), (70 * times, 90 * times));
        let far = one.pixels().iter().zip(other.pixels()).map(|(a, b)| a.abs_diff(*b)).max();
        // The last digit may round the other way.
        assert!(far <= Some(1), "{times}: {far:?}");
    }
}

#[test]
fn bands_of_rows_leave_no_seam() {
    let network = upscaler(UpscaleNetwork::X4plusAnime);
    let Layers::Residual(layers) = &network.layers else { panic!("the large network has blocks") };
    let x = tensor(Random::new(2, "bands", 0).normals(64 * 100 * 5), [1, 64, 100, 5], &Device::flex());
    let (banded, whole) = (layers.larger(x.clone()), layers.band(x));
    let far = values((banded - whole).abs().max())[0];
    assert!(far < 1e-5, "{far}");
}

#[test]
fn grey_stays_grey_and_transparent_colours_have_no_dark_rim() {
    let network = upscaler(UpscaleNetwork::Animevideo);
    let grey = network.enlarged(&picture(12, 9, 1), 2, &mut Span::unwatched()).unwrap();
    assert_eq!((grey.channels(), grey.width()), (1, 24));
    // White on the left, nothing on the right, and black where nobody sees it.
    let pixels = (0..20 * 10).flat_map(|n| if n % 20 < 10 { [255; 4] } else { [0; 4] }).collect();
    let plain = Upscaler { layers: Layers::Plain(silent()), ..network };
    let large = plain.enlarged(&Picture::new(20, 10, 4, pixels), 4, &mut Span::unwatched()).unwrap();
    let seen = large.pixels().chunks_exact(4).filter(|pixel| pixel[3] > 0);
    assert!(seen.clone().count() > 80 * 18 && seen.into_iter().all(|pixel| pixel[..3] == [255; 3]));
    assert_eq!(large.pixel(79, 20)[3], 0);
}

/// One that adds nothing to the repeated pixels.
fn silent() -> Plain {
    let weights = made_up("realesrgan-animevideo", |_, _, _| 0.0);
    Plain::new(&weights.tensors, &Device::flex())
}

#[test]
fn a_stop_between_tiles_leaves_nothing() {
    let network = upscaler(UpscaleNetwork::Animevideo);
    assert!(
        network
            .enlarged(
                &picture(8, 8, 3),
                4,
                &mut Span::whole(&mut Recorder::stopping_after(1), Stage::Enlarging)
            )
            .is_none()
    );
}
