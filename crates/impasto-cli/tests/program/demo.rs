//! `impasto demo`.

use impasto::picture::{read_png, read_recipe};

use super::studio::Studio;

#[test]
fn the_demo_paints_new_pictures_beside_real_ones() {
    let studio = Studio::new();
    let said = studio.ok("demo --minutes 0.02 --size 16");
    assert!(said.out.contains("runs/demo/demo.png") && said.out.contains("next:"), "{said:?}");
    let sheet = read_png(&studio.path("runs/demo/demo.png")).unwrap();
    assert_eq!((sheet.width(), sheet.height()), (2 * (2 + 8 * 66) + 24, 2 + 8 * 66));
    assert_eq!(read_recipe(&studio.path("runs/demo/demo.png")).unwrap().recipe, "dcgan");
    let second = studio.json("demo --minutes 0.01 --size 16");
    assert_eq!(second["sheet"], "runs/demo-2/demo.png");
    studio.ok("sample runs/demo-2 --count 1");
}
