//! Helping someone who mistyped a name.

/// `, did you mean ...?` with the known name that is nearest to what was typed, or nothing where none is near.
pub(crate) fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> String {
    let typed = typed.to_lowercase();
    let distance = |name: &&str| strsim::osa_distance(&typed, name);
    known
        .min_by_key(distance)
        .filter(|name| distance(name) <= 1 + name.len() / 3)
        .map(|name| format!(", did you mean `{name}`?"))
        .unwrap_or_default()
}

/// Names one after another, as in a sentence.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_only_when_it_is_near() {
        let known = || ["mnist", "fashion-mnist", "cifar10"].into_iter();
        assert_eq!(nearest("minst", known()), ", did you mean `mnist`?");
        assert_eq!(nearest("CIFAR-10", known()), ", did you mean `cifar10`?");
        assert_eq!(nearest("watercolours", known()), "");
        assert_eq!(nearest("anything", std::iter::empty()), "");
    }
}
