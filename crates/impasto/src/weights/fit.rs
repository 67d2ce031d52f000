//! Whether tensors from a file are those of a network: by name, in any known spelling, and by shape.

use std::collections::BTreeMap;

use crate::run::Stored;

/// A tensor that a network needs.
#[derive(Debug, Clone)]
pub(super) struct Need {
    /// Our own name is the first.
    pub(super) spellings: Vec<Spelling>,
    pub(super) shape: Vec<usize>,
    /// It may be missing, and where it is there it must not do anything.
    pub(super) only_ones: bool,
}

/// How many numbers they hold together, for tests.
#[cfg(test)]
pub(super) fn parameters(needs: &[Need]) -> usize {
    needs.iter().map(|need| need.shape.iter().product::<usize>()).sum()
}

/// What a tensor is called somewhere.
#[derive(Debug, Clone)]
pub(super) struct Spelling {
    pub(super) name: String,
    pub(super) order: Order,
}

/// How the dimensions lie there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Like ours.
    Same,
    /// Height, width, inputs, outputs; ours is outputs, inputs, height, width.
    Hwio,
    /// Like ours but for sides of 1.
    Flat,
}

impl Need {
    pub(super) fn new(shape: &[usize], spellings: Vec<Spelling>) -> Self {
        Self { spellings, shape: shape.to_vec(), only_ones: false }
    }

    pub(super) fn name(&self) -> &str {
        &self.spellings[0].name
    }
}

/// The tensors that are needed, under our names; the error says what does not fit. Others are left out.
pub(super) fn fit(
    needs: &[Need],
    mut tensors: BTreeMap<String, Stored>,
) -> Result<BTreeMap<String, Stored>, String> {
    let mut fitting = BTreeMap::new();
    for need in needs {
        let spelling = need.spellings.iter().find(|spelling| tensors.contains_key(&spelling.name));
        let found = spelling.and_then(|spelling| Some((spelling, tensors.remove(&spelling.name)?)));
        match found {
            Some((spelling, stored)) if need.only_ones => refuse_unless_ones(&spelling.name, &stored)?,
            Some((spelling, stored)) => {
                let stored = in_our_order(need, spelling, stored)?;
                fitting.insert(need.name().to_owned(), stored);
            }
            None if need.only_ones => {}
            None => return Err(missing(need, &tensors)),
        }
    }
    Ok(fitting)
}

fn missing(need: &Need, tensors: &BTreeMap<String, Stored>) -> String {
    let some: Vec<&str> = tensors.keys().take(3).map(String::as_str).collect();
    let there = match some.as_slice() {
        [] => "there is no tensor in it at all".to_owned(),
        some => format!("there are {} tensors like `{}`", tensors.len(), some.join("`, `")),
    };
    format!("the tensor `{}` is missing; {there}", need.name())
}

fn refuse_unless_ones(name: &str, stored: &Stored) -> Result<(), String> {
    if stored.values.iter().all(|&value| value == 1.0) {
        return Ok(());
    }
    Err(format!("`{name}` is not all ones, so this is another network of the same shape"))
}

fn in_our_order(need: &Need, spelling: &Spelling, stored: Stored) -> Result<Stored, String> {
    let Stored { shape, values } = stored;
    let fits = match spelling.order {
        Order::Same => shape == need.shape,
        Order::Flat => {
            shape.iter().filter(|&&side| side != 1).eq(need.shape.iter().filter(|&&side| side != 1))
        }
        Order::Hwio => matches!(shape[..], [h, w, i, o] if [o, i, h, w] == need.shape[..]),
    };
    if !fits {
        return Err(format!("`{}` has the shape {shape:?} where {:?} is needed", spelling.name, need.shape));
    }
    if !values.iter().all(|value| value.is_finite()) {
        return Err(format!("`{}` holds values that are not finite", spelling.name));
    }
    let values = if spelling.order == Order::Hwio { outputs_first(&values, &need.shape) } else { values };
    Ok(Stored { shape: need.shape.clone(), values })
}

/// `[h, w, i, o]` to `[o, i, h, w]`.
fn outputs_first(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let &[outputs, inputs, height, width] = shape else { unreachable!("four dimensions were just seen") };
    let area = height * width;
    let value = |at: usize| {
        let (output, rest) = (at / (inputs * area), at % (inputs * area));
        let (input, pixel) = (rest / area, rest % area);
        values[(pixel * inputs + input) * outputs + output]
    };
    (0..values.len()).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(shape: &[usize], values: &[f32]) -> Stored {
        Stored { shape: shape.to_vec(), values: values.to_vec() }
    }

    fn need(shape: &[usize], names: &[(&str, Order)]) -> Need {
        let spelling = |&(name, order): &(&str, Order)| Spelling { name: name.to_owned(), order };
        Need::new(shape, names.iter().map(spelling).collect())
    }

    fn fitted(needs: &[Need], tensors: &[(&str, Stored)]) -> Result<BTreeMap<String, Stored>, String> {
        fit(needs, tensors.iter().map(|(name, stored)| ((*name).to_owned(), stored.clone())).collect())
    }

    #[test]
    fn other_names_and_orders_become_ours() {
        let needs = [
            need(&[2, 1, 1, 3], &[("w", Order::Same), ("kernel", Order::Hwio)]),
            need(&[2], &[("h", Order::Flat)]),
        ];
        let kernel = stored(&[1, 3, 1, 2], &[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]);
        let tensors =
            [("kernel", kernel), ("h", stored(&[1, 2, 1], &[5.0, 6.0])), ("other", stored(&[], &[0.0]))];
        let fitting = fitted(&needs, &tensors).unwrap();
        assert_eq!(fitting.keys().collect::<Vec<_>>(), ["h", "w"]);
        assert_eq!(fitting["w"], stored(&[2, 1, 1, 3], &[1.0, 2.0, 3.0, 10.0, 20.0, 30.0]));
        assert_eq!(fitting["h"].shape, [2]);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let needs = [need(&[2], &[("w", Order::Same)])];
        assert!(fitted(&needs, &[]).unwrap_err().contains("`w` is missing; there is no tensor"));
        let other = fitted(&needs, &[("v", stored(&[1], &[0.0]))]).unwrap_err();
        assert!(other.contains("1 tensors like `v`"), "{other}");
        let shape = fitted(&needs, &[("w", stored(&[3], &[0.0; 3]))]).unwrap_err();
        assert!(shape.contains("[3]") && shape.contains("[2]"), "{shape}");
        assert!(fitted(&needs, &[("w", stored(&[2], &[0.0, f32::NAN]))]).unwrap_err().contains("finite"));
    }

    #[test]
    fn a_factor_must_do_nothing() {
        let mut factor = need(&[2], &[("g", Order::Same)]);
        factor.only_ones = true;
        assert_eq!(fitted(&[factor.clone()], &[]).unwrap(), BTreeMap::new());
        assert_eq!(fitted(&[factor.clone()], &[("g", stored(&[2], &[1.0, 1.0]))]).unwrap(), BTreeMap::new());
        assert!(
            fitted(&[factor], &[("g", stored(&[2], &[1.0, 0.9]))]).unwrap_err().contains("another network")
        );
    }
}
