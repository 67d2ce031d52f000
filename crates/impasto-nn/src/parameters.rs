//! Every tensor of a network by name: the one walk that saving, loading and counting share.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

use crate::{tensor, values};

/// Sees one tensor (its name, its shape, and its values when asked for); an answer takes the tensor's place.
///
/// The answer must have as many values as the shape asks for; the walk panics otherwise.
pub type Exchange<'a> = dyn FnMut(&str, &[usize], &dyn Fn() -> Vec<f32>) -> Option<Vec<f32>> + 'a;

/// Walks over the network in a fixed order. Names are field names joined by dots, after `prefix`.
pub fn exchange<M: Module>(module: &mut M, prefix: &str, each: &mut Exchange<'_>) {
    let mut walk = Walk { path: vec![prefix.to_owned()], each };
    *module = module.clone().map(&mut walk);
}

struct Walk<'a, 'b> {
    path: Vec<String>,
    each: &'a mut Exchange<'b>,
}

impl ModuleMapper for Walk<'_, '_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let old = param.val();
        let new = (self.each)(&self.path.join("."), &old.dims(), &|| values(old.clone()));
        let Some(new) = new else { return param };
        param.map(|old| {
            let new = tensor(new, old.dims(), &old.device().inner());
            let tracked = old.is_require_grad();
            if old.is_autodiff() { new.autodiff().set_require_grad(tracked) } else { new }
        })
    }
}

/// How many numbers the network has, buffers included.
pub fn parameter_count<M: Module>(module: &M) -> usize {
    let mut count = Count(0);
    module.visit(&mut count);
    count.0
}

struct Count(usize);

impl ModuleVisitor for Count {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0 += param.shape().num_elements();
    }
}

/// The same network as a constant: gradients flow through it, none is computed for its weights.
pub fn frozen<M: Module>(module: &M) -> M {
    module.clone().no_grad()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{Dense, Norm};
    use crate::{Fill, Init};
    use burn::tensor::Device;
    use impasto_random::Random;

    #[derive(Module, Debug)]
    struct Net {
        first: Dense,
        norms: Vec<Norm>,
    }

    fn net() -> Net {
        let mut init = Init::drawn(Random::new(1, "net", 0), &Device::flex());
        let first = Dense::new(2, 3, Fill::Glorot, &mut init);
        Net { first, norms: vec![Norm::new(3, &mut init)] }.train()
    }

    #[test]
    fn names_are_paths_of_fields() {
        let mut names = Vec::new();
        exchange(&mut net(), "critic", &mut |name, shape, _| {
            names.push(format!("{name} {shape:?}"));
            None
        });
        assert_eq!(names[0], "critic.first.weight [2, 3]");
        assert_eq!(names[1], "critic.first.bias [3]");
        assert_eq!(names[2], "critic.norms.0.scale [3]");
        assert_eq!(names.len(), 6);
    }

    #[test]
    fn what_is_read_can_be_put_back_and_still_trains() {
        let mut saved = Vec::new();
        exchange(&mut net(), "", &mut |_, _, values| {
            saved.push(values().iter().map(|v| v + 1.0).collect::<Vec<_>>());
            None
        });
        let mut other = net();
        let mut next = saved.clone().into_iter();
        exchange(&mut other, "", &mut |_, _, _| next.next());
        let mut back = Vec::new();
        exchange(&mut other, "", &mut |_, _, values| {
            back.push(values());
            None
        });
        assert_eq!(saved, back);
        let loss = other.first.forward(Tensor::ones([1, 2], &Device::flex())).sum();
        assert!(loss.is_tracked(), "loaded weights still take gradients");
    }

    #[test]
    fn counting_counts_buffers_too() {
        assert_eq!(parameter_count(&net()), 2 * 3 + 3 + 4 * 3);
    }

    #[test]
    fn a_frozen_network_passes_gradients_on_and_takes_none() {
        let net = net();
        let x = Tensor::<2>::ones([1, 2], &Device::flex()).autodiff().require_grad();
        let gradients = frozen(&net).first.forward(x.clone()).sum().backward();
        assert!(x.grad(&gradients).is_some());
        let mut taken = 0;
        struct Taken<'a>(&'a burn::tensor::Gradients, &'a mut usize);
        impl ModuleVisitor for Taken<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                *self.1 += usize::from(param.val().grad(self.0).is_some());
            }
        }
        net.visit(&mut Taken(&gradients, &mut taken));
        assert_eq!(taken, 0);
    }
}
