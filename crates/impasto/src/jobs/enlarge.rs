//! Pictures with more pixels.

use std::path::Path;

use impasto_data::Picture;
use impasto_system::{Monitor, Span, Stage};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::batch::{BatchReport, Files, Item, make_all};
use super::open::open_as_it_is;
use super::{Choice, Job, RunUsed, UseRun, Workshop};
use crate::error::{Error, ErrorKind, Hint, Result};
use crate::patches::Raster;
use crate::patches::enlarge::enlarged;
use crate::picture::{Origin, PictureRecipe, write_painting};
use crate::recipe::Given;
use crate::translate::Translator;
use crate::upscale::{UpscaleNetwork, Upscaler, drawing};

/// Make pictures two, three or four times as large.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnlargeRequest {
    /// What goes in and out.
    pub files: Files,
    /// How many times as long each side becomes; by itself twice, or what the run was trained for.
    #[serde(default)]
    pub times: Option<usize>,
    /// Which network does it, where no run does.
    #[serde(default)]
    pub network: NetworkChoice,
    /// A run that does it.
    #[serde(default)]
    pub run: Option<UseRun>,
}

/// Which published network enlarges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkChoice {
    /// `animevideo` for what looks drawn, where it is there; none for all else.
    #[default]
    Auto,
    /// None: filters do it.
    None,
    /// The small one for drawings.
    Animevideo,
    /// The large one for photographs.
    X4plus,
    /// The large one for drawings.
    X4plusAnime,
}

impl Choice for NetworkChoice {
    const ALL: &'static [Self] = &[Self::Auto, Self::None, Self::Animevideo, Self::X4plus, Self::X4plusAnime];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::None => "none",
            _ => self.network().map_or("", UpscaleNetwork::name),
        }
    }

    fn about(self) -> &'static str {
        match self {
            Self::Auto => "animevideo for what looks drawn, where it is there, and none for all else",
            Self::None => "filters that follow edges, and make no detail up",
            Self::Animevideo => "small, for drawings",
            Self::X4plus => "large, for photographs: slow, and makes detail up",
            Self::X4plusAnime => "large, for drawings",
        }
    }
}

impl NetworkChoice {
    /// The network that was asked for by its name.
    fn network(self) -> Option<UpscaleNetwork> {
        match self {
            Self::Auto | Self::None => None,
            Self::Animevideo => Some(UpscaleNetwork::Animevideo),
            Self::X4plus => Some(UpscaleNetwork::X4plus),
            Self::X4plusAnime => Some(UpscaleNetwork::X4plusAnime),
        }
    }
}

/// What enlarged a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EnlargeMethod {
    /// Filters and back-projection.
    Filters,
    /// A published network.
    Network,
    /// A trained run.
    Run,
}

/// A picture that was enlarged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnlargedPicture {
    /// Where it was written.
    pub path: String,
    /// What it was made of.
    pub picture: String,
    /// What did it:
    pub method: EnlargeMethod,
    /// this network,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<&'static str>,
    /// which has this checksum,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<String>,
    /// or this run.
    #[serde(flatten)]
    pub run: Option<RunUsed>,
    /// Whether it looks drawn.
    pub is_drawing: bool,
    /// How many times as long each side became.
    pub times: usize,
    /// Its width and height before,
    pub from: [usize; 2],
    /// and after.
    pub to: [usize; 2],
}

/// No side may become longer.
const LONGEST: usize = 16_384;

/// What there is to enlarge pictures with.
struct Tools {
    run: Option<Translator>,
    network: Option<Upscaler>,
    /// Whether the network is for drawings alone.
    for_drawings: bool,
}

/// What enlarges one picture.
#[derive(Clone, Copy)]
enum Tool<'a> {
    Filters,
    Network(&'a Upscaler),
    Run(&'a Translator),
}

/// A picture that was opened.
struct Small {
    picture: Picture,
    origin: Origin,
    is_drawing: bool,
}

impl Job for EnlargeRequest {
    const NAME: &'static str = "enlarge";
    type Report = BatchReport<EnlargedPicture>;

    fn run(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Self::Report> {
        let run = self.translator(workshop, monitor)?;
        let times = self.times(run.as_ref())?;
        let items = self.files.open(monitor, open)?;
        let tools = self.tools(run, &items, workshop)?;
        items.iter().try_for_each(|item| tools.tool(&item.content).check(item, times))?;
        let places = self.files.places(&items, "png")?;
        make_all(Stage::Enlarging, &places, monitor, |number, place, span| {
            let item = &items[number];
            let tool = tools.tool(&item.content);
            let Some(large) = tool.enlarge(item, times, span)? else { return Ok(None) };
            write_painting(place, &large, &tool.recipe(&item.content, times), self.files.existing())?;
            Ok(Some(tool.report(item, times, place)))
        })
    }
}

impl EnlargeRequest {
    fn translator(&self, workshop: &Workshop, monitor: &mut dyn Monitor) -> Result<Option<Translator>> {
        let Some(run) = &self.run else { return Ok(None) };
        let painter = run.open(workshop, monitor)?;
        Ok(Some(Translator::of_kind(painter, Self::NAME, |given| matches!(given, Given::Small(_)))?))
    }

    fn times(&self, run: Option<&Translator>) -> Result<usize> {
        let own = run.map_or(Ok(2), |run| run.given().map(Given::times))?;
        let times = self.times.unwrap_or(own);
        if !(2..=4).contains(&times) {
            return Err(Error::usage(format!("{times} times were asked for: it must be 2, 3 or 4")));
        }
        // Whether the run can do it.
        run.map_or(Ok(1), |run| run.passes(times))?;
        Ok(times)
    }

    /// The network that was asked for, or that for drawings where there is one among the pictures.
    fn tools(&self, run: Option<Translator>, items: &[Item<Small>], workshop: &Workshop) -> Result<Tools> {
        let open = |network| -> Result<Upscaler> {
            Ok(Upscaler::open(network, workshop.weights()?, workshop.device())?)
        };
        let for_drawings = self.network == NetworkChoice::Auto;
        let drawn = for_drawings && run.is_none() && items.iter().any(|item| item.content.is_drawing);
        let network = match self.network.network() {
            Some(network) => Some(open(network)?),
            None if drawn && workshop.weights()?.has(UpscaleNetwork::Animevideo.weights_name()) => {
                Some(open(UpscaleNetwork::Animevideo)?)
            }
            None => None,
        };
        Ok(Tools { run, network, for_drawings })
    }
}

impl Tools {
    fn tool(&self, small: &Small) -> Tool<'_> {
        match (&self.run, &self.network) {
            (Some(run), _) => Tool::Run(run),
            (None, Some(network)) if !self.for_drawings || small.is_drawing => Tool::Network(network),
            _ => Tool::Filters,
        }
    }
}

fn open(file: &Path) -> Result<Small> {
    let (picture, origin) = open_as_it_is(file)?;
    let is_drawing = drawing::is_drawing(&picture);
    Ok(Small { picture, origin, is_drawing })
}

impl Tool<'_> {
    /// Refuses what would become too large, and what the run or the memory can't enlarge.
    fn check(self, item: &Item<Small>, times: usize) -> Result<()> {
        let picture = &item.content.picture;
        let [width, height] = [picture.width(), picture.height()].map(|side| side * times);
        if width.max(height) > LONGEST {
            return Err(Error::usage(format!(
                "{} would become {width} x {height} pixels, and no side may be longer than {LONGEST}: choose fewer times",
                item.shown()
            )));
        }
        match self {
            Self::Run(run) => Ok(run.check_enlarging(&item.shown(), picture, times)?),
            Self::Network(network) => check_memory(network, item, times),
            Self::Filters => Ok(()),
        }
    }

    /// The picture so many times as large; nothing where the work is stopped.
    fn enlarge(self, item: &Item<Small>, times: usize, span: &mut Span<'_>) -> Result<Option<Picture>> {
        let picture = &item.content.picture;
        match self {
            Self::Filters => Ok(enlarged(&Raster::of(picture), times, span).map(|large| large.picture())),
            Self::Network(network) => Ok(network.enlarged(picture, times, span)),
            Self::Run(_) if !span.reached(0.0) => Ok(None),
            Self::Run(run) => Ok(Some(run.enlarged(&item.shown(), picture, times, span)?)),
        }
    }

    /// What an enlarged picture carries.
    fn recipe(self, small: &Small, times: usize) -> PictureRecipe {
        let (verb, from) = (EnlargeRequest::NAME, std::slice::from_ref(&small.origin));
        match self {
            Self::Run(run) => run.painter().made_recipe(verb, from, 0, json!({ "times": times })),
            Self::Filters => {
                PictureRecipe::made(verb, "filters", from, 0, json!({ "times": times, "network": "none" }))
            }
            Self::Network(network) => {
                let name = network.network();
                let settings = json!({ "times": times, "network": name.name() });
                let mut recipe = PictureRecipe::made(verb, name.weights_name(), from, 0, settings);
                recipe.extra.insert("weights".into(), network.sha256().into());
                recipe
            }
        }
    }

    fn report(self, item: &Item<Small>, times: usize, place: &Path) -> EnlargedPicture {
        let (method, network, run) = match self {
            Self::Filters => (EnlargeMethod::Filters, None, None),
            Self::Network(network) => (EnlargeMethod::Network, Some(network), None),
            Self::Run(run) => (EnlargeMethod::Run, None, Some(RunUsed::of(run.painter()))),
        };
        let picture = &item.content.picture;
        let from = [picture.width(), picture.height()];
        EnlargedPicture {
            path: place.display().to_string(),
            picture: item.shown(),
            method,
            network: network.map(|network| network.network().weights_name()),
            weights: network.map(|network| network.sha256().to_owned()),
            run,
            is_drawing: item.content.is_drawing,
            times,
            from,
            to: from.map(|side| side * times),
        }
    }
}

fn check_memory(network: &Upscaler, item: &Item<Small>, times: usize) -> Result<()> {
    let needed = network.memory(&item.content.picture, times);
    let Some(free) = impasto_system::available().filter(|&free| free < needed) else { return Ok(()) };
    let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
    let sentence = format!(
        "{} needs {} MB of memory to become {times} times as large by {}, and {} MB are free: choose fewer times",
        item.shown(),
        megabytes(needed),
        network.network(),
        megabytes(free)
    );
    let without = Hint::set("enlarge it without a network", "network", Some("none"));
    Err(Error::new(ErrorKind::OutOfRoom, sentence).hint(without))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::{read_png, read_recipe, write_png};
    use crate::weights::Weights;
    use burn::tensor::Device;
    use impasto_system::Existing;

    #[test]
    fn a_request_is_data_and_a_picture_remembers_what_decided_it() {
        let folder = tempfile::tempdir().unwrap();
        let [small, large] = ["small.png", "large.png"].map(|name| folder.path().join(name));
        write_png(&small, &Picture::filled(9, 7, &[200, 10, 30]), &[], Existing::Keep).unwrap();
        let json = json!({ "files": { "pictures": [small], "out": large }, "times": 3, "network": "none" });
        let request: EnlargeRequest = serde_json::from_value(json).unwrap();
        let workshop = Workshop::new(Device::flex(), Weights::at(folder.path().join("weights")));
        let report = request.run(&workshop, &mut ()).unwrap();
        assert_eq!((report.left, report.outputs[0].to), (0, [27, 21]));
        let picture = read_png(&large).unwrap();
        assert_eq!([picture.width(), picture.height()], [27, 21]);
        let recipe = read_recipe(&large).unwrap();
        assert_eq!(recipe.extra["settings"], json!({ "times": 3, "network": "none" }));
        assert_eq!(request.run(&workshop, &mut ()).unwrap_err().hints(), [Hint::overwrite()]);
    }

    #[test]
    fn what_a_request_does_not_know_is_refused() {
        let json = json!({ "files": { "pictures": [], "out": "x" }, "tmies": 3 });
        assert!(serde_json::from_value::<EnlargeRequest>(json).is_err());
        let request = EnlargeRequest { times: Some(5), ..EnlargeRequest::default() };
        let workshop = Workshop::new(Device::flex(), Weights::at("nowhere"));
        assert_eq!(request.run(&workshop, &mut ()).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn choices_are_named_as_they_are_written() {
        for choice in NetworkChoice::ALL {
            assert_eq!(json!(choice), choice.name());
            assert_eq!(NetworkChoice::named(choice.name()), Some(*choice));
        }
    }
}
