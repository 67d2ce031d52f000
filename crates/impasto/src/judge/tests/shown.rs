//! What is shown of a judgement: pictures, the page, copies with their originals.

use super::*;

#[test]
fn the_gallery_shows_what_there_is() {
    let bench = Bench::new();
    let Report { gallery, details, .. } = bench.of("itself", &flowers(1, 100));
    assert_eq!((gallery.generated.len(), gallery.nearest.len(), gallery.most_typical.len()), (64, 12, 12));
    let shown = &gallery.nearest[0];
    assert!(shown.beside.as_ref().is_some_and(|(picture, _)| *picture == shown.picture));
    assert_eq!(details.nearest.len(), 100);
    assert_eq!(gallery.missing.len(), 12.min(details.covered.iter().filter(|covered| !**covered).count()));
}

#[test]
fn the_page_shows_the_verdict_the_figures_and_the_pictures() {
    let bench = Bench::new();
    let report = bench.of("itself", &flowers(1, 100));
    let html = page(&report).unwrap().html();
    for words in [
        "copies: 100%",
        "precision",
        "entropy of a picture",
        "falls in a mode collapse",
        "no FID",
        "builtin features",
    ] {
        assert!(html.contains(words), "{words}");
    }
    let pictures = 2 + report.gallery.nearest.len() + 24 + report.gallery.missing.len();
    assert_eq!(html.matches("data:image/png").count(), pictures);
    assert!(html.contains("<svg"));
}

/// The copies that are planted, by the names of their kinds.
fn near_copies_of(originals: &[Picture]) -> Vec<(&'static str, Vec<Picture>)> {
    let each = |change: &dyn Fn(&Picture) -> Picture| originals.iter().map(change).collect::<Vec<_>>();
    let place =
        |picture: &Picture, x: usize, y: usize| picture.pixel(x.min(SIDE - 1), y.min(SIDE - 1)).to_vec();
    let part = |picture: &Picture, [left, top]: [usize; 2], side: usize| {
        let pixels = (0..side * side).flat_map(|at| place(picture, left + at % side, top + at / side));
        Picture::new(side, side, 3, pixels.collect())
    };
    let lit = |&byte: &u8| (f32::from(byte) * 1.15 + 10.0).min(255.0) as u8;
    let coarse = |&byte: &u8| byte / 20 * 20 + 10;
    let bytes = |picture: &Picture, change: &dyn Fn(&u8) -> u8| {
        Picture::new(SIDE, SIDE, 3, picture.pixels().iter().map(change).collect())
    };
    vec![
        ("exact", each(&Picture::clone)),
        ("mirrored", each(&side::mirrored)),
        ("moved", each(&|picture| part(picture, [1, 0], SIDE))),
        ("brighter", each(&|picture| bytes(picture, &lit))),
        ("coarse", each(&|picture| bytes(picture, &coarse))),
        ("cropped", each(&|picture| squeezed(part(picture, [1, 2], 29), SIDE, SIDE))),
    ]
}

#[test]
fn planted_near_copies_are_found_with_their_originals_and_new_pictures_are_not() {
    const EACH: usize = 20;
    let bench = Bench::new();
    let real = flowers(1, COUNT);
    let kinds = near_copies_of(&real[..EACH]);
    let planted: Vec<Picture> = kinds.iter().flat_map(|(_, copies)| copies.clone()).collect();
    let new = flowers(2, 200);
    let report = bench.of("planted", &[planted, new].concat());
    let pairs = &report.figures.originality.pairs;
    let number = |name: &str| name.trim_end_matches(".bmp").parse::<usize>().unwrap();
    for (kind, (name, _)) in kinds.iter().enumerate() {
        let first = kind * EACH;
        let is_right = |pair: &&NamedPair| {
            let generated = number(&pair.generated);
            (first..first + EACH).contains(&generated) && number(&pair.real) == generated - first
        };
        let found: Vec<&NamedPair> = pairs.iter().filter(is_right).collect();
        assert!(20 * found.len() >= 19 * EACH, "{name}: {} of {EACH}", found.len());
        assert!(
            *name != "mirrored" || found.iter().all(|pair| pair.mirrored || pair.score < 0.1),
            "{found:?}"
        );
    }
    let wrong = pairs.iter().filter(|pair| number(&pair.generated) >= kinds.len() * EACH).count();
    assert!(wrong <= 6, "{wrong} of 200 new ones");
    assert!(
        report.figures.originality.copies_of_real < 0.03,
        "{:?}",
        report.figures.originality.copies_of_real
    );
    let html = page(&report).unwrap().html();
    assert!(html.contains("All copies, by their names") && html.contains(&pairs[0].real), "{:?}", pairs[0]);
}
