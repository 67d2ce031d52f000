//! How different the pictures of a sheet are from each other.

use impasto_data::Picture;

use super::assert_one_shape;

/// The mean over all pairs of the distance between two pictures: the root of the mean squared difference of their
/// bytes, scaled to `[0, 1]`. 0 for fewer than two pictures, and when all are the same. Of transparent pictures colours
/// count as far as they can be seen.
///
/// Costs a pass over the pixels for each pair: for the tens of pictures of a sheet, not for a whole set.
///
/// # Panics
/// When the pictures differ in shape.
pub fn diversity(pictures: &[Picture]) -> f64 {
    assert_one_shape(pictures);
    let pictures: Vec<Picture> = pictures.iter().map(|one| one.clone().premultiplied()).collect();
    let mut sum = 0.0;
    for (number, one) in pictures.iter().enumerate() {
        sum += pictures[number + 1..].iter().map(|two| distance(one, two)).sum::<f64>();
    }
    let pairs = pictures.len() * pictures.len().saturating_sub(1) / 2;
    if pairs == 0 { 0.0 } else { sum / pairs as f64 }
}

fn distance(one: &Picture, two: &Picture) -> f64 {
    let bytes = one.pixels().iter().zip(two.pixels());
    let squares: u64 = bytes.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    (squares as f64 / one.pixels().len().max(1) as f64).sqrt() / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pictures_have_none_and_black_beside_white_has_all() {
        let [black, white] = [0, 255].map(|shade| Picture::filled(4, 4, &[shade, shade, shade]));
        assert_eq!(diversity(&[]), 0.0);
        assert_eq!(diversity(std::slice::from_ref(&black)), 0.0);
        assert_eq!(diversity(&vec![white.clone(); 5]), 0.0);
        assert_eq!(diversity(&[black.clone(), white.clone()]), 1.0);
        assert_eq!(diversity(&[black.clone(), black, white]), 2.0 / 3.0);
    }

    #[test]
    fn the_distance_is_a_root_mean_square() {
        let one = Picture::new(2, 1, 1, vec![0, 0]);
        let two = Picture::new(2, 1, 1, vec![0, 255]);
        assert!((diversity(&[one, two]) - 0.5f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    #[should_panic(expected = "differ in shape")]
    fn pictures_of_different_shapes_are_a_mistake() {
        diversity(&[Picture::filled(1, 1, &[0]), Picture::filled(2, 1, &[0])]);
    }
}
