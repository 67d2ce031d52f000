//! Pictures in the colours of their files, and in those that a run knows.

use impasto_data::Picture;

use super::{TranslateError, Translator, is_coloured};
use crate::picture::with_channels;

impl Translator {
    /// The picture in the colours that the run knows; what is transparent lies on the run's background where the run knows
    /// nothing of that. A run that has seen only grey refuses colours.
    pub fn in_its_colours(&self, name: &str, picture: &Picture) -> Result<Picture, TranslateError> {
        let preparation = self.painter.config().preparation();
        let channels = preparation.channels.count();
        if channels == 1 && is_coloured(picture) {
            let [run, recipe] = self.names();
            return Err(TranslateError::OnlyGrey { picture: name.to_owned(), run, recipe });
        }
        Ok(with_channels(picture, channels, preparation.background))
    }

    /// What was made, in the channels that the file has.
    pub(super) fn in_own_colours(&self, made: &Picture, channels: usize) -> Picture {
        with_channels(made, channels, self.painter.config().preparation().background)
    }

    /// Whether the run knows what is transparent.
    pub fn knows_alpha(&self) -> bool {
        self.painter.config().preparation().channels.count() == 4
    }

    /// The run and its recipe, for errors.
    pub(super) fn names(&self) -> [String; 2] {
        [self.painter.run().name(), self.painter.config().common.recipe.clone()]
    }
}
