//! A trained network that is one layer after another, and the gradient of what it sees for the picture.
//!
//! The way back is written out here and goes through no autodiff: only the picture has a gradient, so of a layer all that has
//! to be kept is a bit for each value (whether it was above zero), and of pooled ones which of four was the greatest.
//! Pictures are framed by their own mirror image.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};
use impasto_nn::layers::FixedConv;
use impasto_nn::{Activation, tensor, values};

use super::map::{Map, Window};

/// Values of a band of rows, at its widest layer.
const BAND: usize = 1 << 21;
/// Rows of a band at least.
const LEAST_ROWS: usize = 32;

/// The network.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    layers: Vec<Layer>,
    device: Device,
}

#[derive(Debug, Clone)]
struct Layer {
    name: String,
    /// Channels of what it gives.
    channels: usize,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    /// A convolution of 3 x 3; what is below zero is multiplied by the slope.
    Conv { conv: Box<FixedConv>, stride: usize, slope: f32 },
    /// The greatest of two by two.
    Pool,
    /// Each pixel twice in both directions.
    Enlarge,
}

/// The numbers of a convolution of 3 x 3: `[outputs, inputs, 3, 3]` and `[outputs]`.
#[derive(Debug, Clone)]
pub(crate) struct Numbers {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
}

/// What has to be known of a way through the network to go it back.
#[derive(Debug, Default)]
pub(crate) struct Trail(Vec<Mark>);

#[derive(Debug)]
struct Mark {
    /// Of what went in.
    size: [usize; 2],
    /// Signs of a convolution's values, or choices of a pool.
    kept: Vec<u8>,
}

impl Chain {
    /// One without layers.
    pub(crate) fn new(device: &Device) -> Self {
        Self { layers: Vec::new(), device: device.clone() }
    }

    /// With a convolution at the end.
    ///
    /// # Panics
    /// When there are no numbers for whole kernels.
    pub(crate) fn conv(mut self, name: &str, numbers: Numbers, stride: usize, after: Activation) -> Self {
        let Numbers { weight, bias } = numbers;
        let channels = bias.len();
        let inputs = weight.len() / (9 * channels).max(1);
        let conv = FixedConv::new(weight, [channels, inputs, 3, 3], bias, stride, [0; 2], &self.device);
        let slope = match after {
            Activation::Relu => 0.0,
            Activation::Leaky => 0.2,
            Activation::None => 1.0,
            other => panic!("a chain of straight pieces has no {other:?}"),
        };
        let kind = Kind::Conv { conv: Box::new(conv.with(after).mirrored()), stride, slope };
        self.layers.push(Layer { name: name.to_owned(), channels, kind });
        self
    }

    /// With a pool at the end.
    pub(crate) fn pool(self, name: &str) -> Self {
        self.plain(name, Kind::Pool)
    }

    /// With twice the size from here.
    pub(crate) fn enlarge(self, name: &str) -> Self {
        self.plain(name, Kind::Enlarge)
    }

    fn plain(mut self, name: &str, kind: Kind) -> Self {
        let channels = self.layers.last().map_or(3, |layer| layer.channels);
        self.layers.push(Layer { name: name.to_owned(), channels, kind });
        self
    }

    /// The number of the layer of this name.
    pub(crate) fn layer(&self, name: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.name == name)
    }

    /// The number of the last layer.
    pub(crate) fn last(&self) -> usize {
        self.layers.len().saturating_sub(1)
    }

    /// Channels of a layer.
    pub(crate) fn channels(&self, layer: usize) -> usize {
        self.layers[layer].channels
    }

    /// Pixels of the picture from one value of a layer to the next.
    pub(crate) fn stride(&self, layer: usize) -> usize {
        self.layers[..=layer].iter().map(Layer::stride).product()
    }

    /// How many pixels a value of a layer sees to each side, at most.
    pub(crate) fn reach(&self, layer: usize) -> usize {
        (0..=layer).map(|at| if at == 0 { 1 } else { self.stride(at - 1) }).sum()
    }

    /// Height and width of a layer for a picture of this size.
    pub(crate) fn size(&self, layer: usize, picture: [usize; 2]) -> [usize; 2] {
        self.layers[..=layer].iter().fold(picture, |size, layer| layer.size(size))
    }

    /// Shows each layer of a picture up to `last`, and gives that one. With a trail, the way can be gone back.
    pub(crate) fn forward(
        &self,
        picture: Map,
        last: usize,
        mut trail: Option<&mut Trail>,
        seen: &mut dyn FnMut(usize, &Arc<Map>),
    ) -> Arc<Map> {
        let mut map = Arc::new(picture);
        for (number, layer) in self.layers[..=last].iter().enumerate() {
            let size = map.size();
            let (out, kept) = layer.forward(map, trail.is_some(), &self.device);
            if let Some(trail) = trail.as_deref_mut() {
                trail.0.push(Mark { size, kept });
            }
            map = Arc::new(out);
            seen(number, &map);
        }
        map
    }

    /// The last of these layers alone, for those who need no other: where layers are large they are made in bands of rows, so
    /// that none of them is ever there as a whole.
    pub(crate) fn result(&self, picture: Map, last: usize) -> Map {
        let (mut map, mut at) = (picture, 0);
        while at <= last {
            let end = self.end_of_run(at, last);
            map = self.banded(map, &self.layers[at..end]);
            at = end;
        }
        map
    }

    /// Where layers that work at the same size end: perhaps one that enlarges, convolutions, perhaps a pool.
    fn end_of_run(&self, start: usize, last: usize) -> usize {
        let is_conv = |at: usize| matches!(self.layers[at].kind, Kind::Conv { stride: 1, .. });
        let is_pool = |at: usize| matches!(self.layers[at].kind, Kind::Pool);
        let mut end = start + usize::from(matches!(self.layers[start].kind, Kind::Enlarge));
        while end <= last && is_conv(end) {
            end += 1;
        }
        if end <= last && is_pool(end) {
            end += 1;
        }
        end.max(start + 1)
    }

    /// A run of layers. A band sees so many rows more on each side as there are convolutions; what they make of a cut edge is cut
    /// off.
    fn banded(&self, map: Map, run: &[Layer]) -> Map {
        let whole = |map: Map| {
            let made = run
                .iter()
                .fold(Arc::new(map), |map, layer| Arc::new(layer.forward(map, false, &self.device).0));
            Arc::unwrap_or_clone(made)
        };
        let (first, last) = (&run[0], &run[run.len() - 1]);
        let times = if matches!(first.kind, Kind::Enlarge) { 2 } else { 1 };
        let [height, width] = map.size().map(|side| side * times);
        let widest = run.iter().map(|layer| layer.channels).max().unwrap_or(1);
        // Even, for pools and for what is enlarged.
        let rows = (BAND / (width * widest).max(1)).max(LEAST_ROWS).next_multiple_of(2);
        let is_strided = matches!(first.kind, Kind::Conv { stride: 2.., .. });
        if is_strided || rows + LEAST_ROWS >= height {
            return whole(map);
        }
        let beyond = run.len().next_multiple_of(2);
        let shrink = last.stride();
        let mut out = Map::zeros([last.channels, height / shrink, width / shrink]);
        for start in (0..height).step_by(rows) {
            let end = height.min(start + rows);
            let (top, bottom) = (start.saturating_sub(beyond), height.min(end + beyond));
            let seen = Window { rows: top / times..bottom / times, columns: 0..map.width };
            let made = whole(map.cut(&seen));
            let kept = (start - top) / shrink..(end - top) / shrink;
            let columns = 0..made.width;
            out.put(&made.cut(&Window { rows: kept, columns }), start / shrink);
        }
        out
    }

    /// The gradient for the picture at the start of a trail; `given` says what each layer's own gradient is, from the last one
    /// back.
    ///
    /// # Panics
    /// When the last layer has none.
    pub(crate) fn back(&self, trail: Trail, given: &mut dyn FnMut(usize) -> Option<Map>) -> Map {
        let mut gradient: Option<Map> = None;
        for (number, mark) in trail.0.into_iter().enumerate().rev() {
            gradient = match (gradient, given(number)) {
                (Some(mut sum), Some(own)) => {
                    sum.add(&own);
                    Some(sum)
                }
                (one, other) => one.or(other),
            };
            gradient = gradient.map(|gradient| self.layers[number].back(gradient, &mark, &self.device));
        }
        gradient.expect("a gradient at the last layer")
    }
}

impl Layer {
    fn stride(&self) -> usize {
        match self.kind {
            Kind::Conv { stride, .. } => stride,
            Kind::Pool => 2,
            Kind::Enlarge => 1,
        }
    }

    fn size(&self, size: [usize; 2]) -> [usize; 2] {
        size.map(|side| match self.kind {
            Kind::Conv { stride, .. } => side.div_ceil(stride),
            Kind::Pool => side / 2,
            Kind::Enlarge => side * 2,
        })
    }

    /// Takes the map over where nobody else holds it.
    fn forward(&self, map: Arc<Map>, keeps: bool, device: &Device) -> (Map, Vec<u8>) {
        match &self.kind {
            Kind::Conv { conv, slope, .. } => {
                let out = from_tensor(conv.forward(to_tensor(Arc::unwrap_or_clone(map), device)));
                let signs = if keeps && *slope != 1.0 { out.signs() } else { Vec::new() };
                (out, signs)
            }
            Kind::Pool => map.pooled(),
            Kind::Enlarge => (map.enlarged(), Vec::new()),
        }
    }

    fn back(&self, mut gradient: Map, mark: &Mark, device: &Device) -> Map {
        match &self.kind {
            Kind::Conv { conv, slope, .. } => {
                gradient.bend(&mark.kept, *slope);
                let framed = mark.size.map(|side| side + 2);
                from_tensor(conv.adjoint(to_tensor(gradient, device), framed)).unframed()
            }
            Kind::Pool => gradient.unpooled(&mark.kept, mark.size),
            Kind::Enlarge => gradient.gathered(),
        }
    }
}

fn to_tensor(map: Map, device: &Device) -> Tensor<4> {
    let [channels, height, width] = map.shape();
    tensor(map.values, [1, channels, height, width], device)
}

fn from_tensor(tensor: Tensor<4>) -> Map {
    let [_, channels, height, width] = tensor.dims();
    Map::new(values(tensor), [channels, height, width])
}

/// A small network of numbers that are drawn, for tests.
#[cfg(test)]
pub(crate) fn drawn(device: &Device) -> Chain {
    use impasto_random::Random;
    let mut random = Random::new(1, "chain", 0);
    let mut numbers = |inputs: usize, outputs: usize| Numbers {
        weight: random
            .normals(9 * inputs * outputs)
            .iter()
            .map(|v| v * (2.0 / (9 * inputs) as f32).sqrt())
            .collect(),
        bias: random.normals(outputs).iter().map(|v| 0.1 * v).collect(),
    };
    let layers = [numbers(3, 4), numbers(4, 5), numbers(5, 6), numbers(6, 4)];
    let [one, two, three, four] = layers;
    Chain::new(device)
        .conv("one", one, 1, Activation::Relu)
        .pool("pool")
        .conv("two", two, 1, Activation::Leaky)
        .conv("three", three, 2, Activation::Leaky)
        .enlarge("enlarge")
        .conv("four", four, 1, Activation::None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use impasto_random::Random;

    fn dot(a: &Map, b: &Map) -> f64 {
        a.values.iter().zip(&b.values).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    }

    fn noise(shape: [usize; 3], key: u64) -> Map {
        Map::new(Random::new(2, "noise", key).normals(shape.iter().product()), shape)
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        let chain = drawn(&Device::flex());
        for size in [[12, 12], [9, 14]] {
            let (x, way) = (noise([3, size[0], size[1]], 1), noise([3, size[0], size[1]], 2));
            let pulls: Vec<Map> = (0..=chain.last())
                .map(|layer| {
                    let [height, width] = chain.size(layer, size);
                    noise([chain.channels(layer), height, width], 3 + layer as u64)
                })
                .collect();
            let at = |step: f32| {
                let mut moved = x.clone();
                moved.values.iter_mut().zip(&way.values).for_each(|(x, way)| *x += step * way);
                let mut sum = 0.0;
                chain.forward(moved, chain.last(), None, &mut |layer, map| sum += dot(map, &pulls[layer]));
                sum
            };
            let mut trail = Trail::default();
            chain.forward(x.clone(), chain.last(), Some(&mut trail), &mut |_, _| ());
            let along = dot(&chain.back(trail, &mut |layer| Some(pulls[layer].clone())), &way);
            let found = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((along - found).abs() < 0.02 * found.abs().max(1.0), "{size:?}: {along} against {found}");
        }
    }

    #[test]
    fn bands_make_what_the_whole_makes() {
        let device = Device::flex();
        let mut random = Random::new(3, "bands", 0);
        let mut numbers = |inputs: usize, outputs: usize| Numbers {
            weight: random.normals(9 * inputs * outputs).iter().map(|v| 0.1 * v).collect(),
            bias: random.normals(outputs),
        };
        let chain = Chain::new(&device)
            .conv("one", numbers(3, 40), 1, Activation::Relu)
            .conv("two", numbers(40, 24), 1, Activation::Leaky)
            .pool("pool")
            .conv("three", numbers(24, 16), 1, Activation::Relu)
            .enlarge("enlarge")
            .conv("four", numbers(16, 20), 1, Activation::Relu)
            .conv("five", numbers(20, 3), 1, Activation::None);
        // So wide that a band has the least rows.
        for [height, width] in [[150, 2000], [97, 1999]] {
            let x = noise([3, height, width], 7);
            for last in [2, 3, chain.last()] {
                let whole = chain.forward(x.clone(), last, None, &mut |_, _| ());
                let banded = chain.result(x.clone(), last);
                assert_eq!(banded.shape(), whole.shape());
                let off = whole.values.iter().zip(&banded.values).map(|(a, b)| (a - b).abs());
                assert!(off.fold(0.0, f32::max) < 1e-4, "{height} x {width}, layer {last}");
            }
        }
    }

    #[test]
    fn what_a_value_does_not_reach_does_not_move_it() {
        let chain = drawn(&Device::flex());
        let layer = chain.layer("three").unwrap();
        assert_eq!((chain.stride(layer), chain.channels(layer), chain.reach(layer)), (4, 6, 6));
        let x = noise([3, 24, 24], 5);
        let mut other = x.clone();
        // The value at 2, 2 lies at pixel 8, 8.
        let reach = chain.reach(layer);
        for row in 0..24 {
            for column in 0..24usize {
                if row > 8 + reach || column > 8 + reach {
                    other.values[row * 24 + column] = 9.0;
                }
            }
        }
        let look = |x: Map| chain.forward(x, layer, None, &mut |_, _| ());
        let (one, other) = (look(x), look(other));
        assert_eq!(one.row(0, 2)[2], other.row(0, 2)[2]);
        assert_ne!(one.row(0, 5)[5], other.row(0, 5)[5]);
    }
}
