//! What a model can do that translates: pictures to pictures.

use burn::tensor::Tensor;
use impasto_random::Random;

use super::Batch;
use crate::translate::Tiling;

/// Pictures to pictures.
pub trait Translate {
    /// What it translates from.
    fn given(&self) -> Given;

    /// `[n, given, h, w]` of any size to `[n, channels, times h, times w]` in [-1, 1]; how many channels are given and how
    /// many times larger the result is says [`given`](Self::given). What becomes of a picture does not depend on the
    /// others beside it.
    fn translate(&self, pictures: Tensor<4>) -> Tensor<4>;

    /// From which class of pictures to which, where it is classes that it translates between. A training then shows it as
    /// many of each in every batch.
    fn between(&self) -> Option<[usize; 2]> {
        None
    }

    /// Pictures as a training has them to what is given, and what should be made of that.
    fn examples(&self, batch: &Batch, random: &mut Random) -> Examples;

    /// How far what was made is from what should be made, where only the model can say that: [`Goal::Own`]. Nothing, where
    /// it has not got at hand what it would measure with.
    fn away(&self, _given: &Tensor<4>, _made: &Tensor<4>) -> Option<f64> {
        None
    }

    /// How large pictures are cut up.
    fn tiling(&self) -> Tiling {
        Tiling::default()
    }

    /// What translates the parts of this picture. Where a part depends on the whole, the whole is looked at here.
    fn for_parts_of(&self, _whole: &Tensor<4>) -> Box<dyn Fn(Tensor<4>) -> Tensor<4> + '_> {
        Box::new(|part| self.translate(part))
    }
}

/// What a model is given, and what it should make of that.
#[derive(Debug, Clone)]
pub struct Examples {
    /// `[n, given, h, w]`; perhaps none, where only pictures of one class are given.
    pub given: Tensor<4>,
    /// What is known of the results.
    pub goal: Goal,
}

/// What is known of what should be made.
#[derive(Debug, Clone)]
pub enum Goal {
    /// Each picture: how far away a result is can be said.
    Truth(Tensor<4>),
    /// Only what such pictures look like, `[m, channels, h, w]`: how far all results are from all of these can be said.
    Like(Tensor<4>),
    /// Nothing that can be shown: the model measures by itself, see [`Translate::away`].
    Own,
}

/// What a model translates from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    /// Any picture.
    Any,
    /// Any picture, and as many channels more: a picture in the style that it is to have.
    Styled,
    /// A picture of some other kind.
    Picture,
    /// How bright a picture is; and its alpha, if it has one.
    Grey,
    /// Dark lines on white.
    Lines,
    /// A picture of which the result has so many times the width and height.
    Small(usize),
    /// A picture that is grey where it has holes, and a channel more: 1 in holes, -1 elsewhere.
    Holes,
    /// A picture with pieces of others pasted in; a channel more, how strongly it may be changed, 0 to 1; and so many channels
    /// of smooth noise, multiplied by that.
    Pasted(usize),
}

impl Given {
    /// How many channels are given where pictures have so many.
    pub fn channels(self, own: usize) -> usize {
        match self {
            Self::Any | Self::Picture | Self::Small(_) => own,
            Self::Styled => 2 * own,
            Self::Grey => 1 + usize::from(own == 4),
            Self::Lines => 1,
            Self::Holes => own + 1,
            Self::Pasted(noise) => own + 1 + noise,
        }
    }

    /// How many times larger the result is.
    pub fn times(self) -> usize {
        if let Self::Small(times) = self { times } else { 1 }
    }

    /// In words, to be read after "from".
    pub fn words(self) -> String {
        match self {
            Self::Any => "any pictures".into(),
            Self::Styled => "any pictures, in the style of any others".into(),
            Self::Picture => "pictures of another kind".into(),
            Self::Grey => "pictures without colours".into(),
            Self::Lines => "dark lines on white".into(),
            Self::Small(times) => format!("pictures of 1/{times} of the width and height"),
            Self::Holes => "pictures with holes".into(),
            Self::Pasted(_) => "pictures with pieces of others pasted in".into(),
        }
    }

    /// The verbs that use it, the one that a person would reach for first.
    pub fn verbs(self) -> &'static [&'static str] {
        match self {
            Self::Any => &["style", "translate"],
            Self::Styled => &["style"],
            Self::Pasted(_) => &["vary", "translate"],
            Self::Holes => &["repair", "translate"],
            Self::Small(_) => &["enlarge", "translate"],
            _ => &["translate"],
        }
    }

    /// Whether it is made of ordinary pictures.
    pub fn is_made(self) -> bool {
        !matches!(self, Self::Any | Self::Styled | Self::Picture)
    }
}
