//! The verbs, one in each file.

mod augment;
mod bench;
mod cache;
mod compare;
mod consent;
mod data;
mod demo;
mod directions;
mod enlarge;
mod info;
mod invert;
mod judge;
mod recipes;
mod repair;
mod runs;
mod sample;
mod style;
mod train;
mod translate;
mod tune;
mod vary;
mod walk;
mod weights;

use clap::Subcommand;

use crate::voice::Voice;
use impasto::error::Result;

/// What can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Demo(demo::Demo),
    #[command(subcommand)]
    Data(data::Data),
    Train(Box<train::Train>),
    Tune(Box<tune::Tune>),
    Sample(sample::Sample),
    Walk(walk::Walk),
    Directions(directions::DirectionsVerb),
    Invert(invert::Invert),
    Vary(Box<vary::Vary>),
    Repair(Box<repair::Repair>),
    Enlarge(Box<enlarge::Enlarge>),
    Translate(translate::TranslateVerb),
    Style(Box<style::StyleVerb>),
    Augment(augment::Augment),
    Judge(judge::Judge),
    Info(info::Info),
    Runs(runs::Runs),
    Compare(compare::Compare),
    Recipes(recipes::Recipes),
    #[command(subcommand)]
    Weights(weights::WeightsVerb),
    Bench(bench::Bench),
    Cache(cache::Cache),
}

impl Verb {
    pub(crate) fn run(&self, voice: &Voice) -> Result<()> {
        match self {
            Self::Demo(demo) => demo.run(voice),
            Self::Data(data) => data.run(voice),
            Self::Train(train) => train.run(voice),
            Self::Tune(tune) => tune.run(voice),
            Self::Sample(sample) => sample.run(voice),
            Self::Walk(walk) => walk.run(voice),
            Self::Directions(directions) => directions.run(voice),
            Self::Invert(invert) => invert.run(voice),
            Self::Vary(vary) => vary.run(voice),
            Self::Repair(repair) => repair.run(voice),
            Self::Enlarge(enlarge) => enlarge.run(voice),
            Self::Translate(translate) => translate.run(voice),
            Self::Style(style) => style.run(voice),
            Self::Augment(augment) => augment.run(voice),
            Self::Judge(judge) => judge.run(voice),
            Self::Info(info) => info.run(voice),
            Self::Runs(runs) => runs.run(voice),
            Self::Compare(compare) => compare.run(voice),
            Self::Recipes(recipes) => recipes.run(voice),
            Self::Weights(weights) => weights.run(voice),
            Self::Bench(bench) => bench.run(voice),
            Self::Cache(cache) => cache.run(voice),
        }
    }
}
