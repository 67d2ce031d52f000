//! How the products of convolutions and dense layers are made.

use std::cell::Cell;

use crate::tile::{Words, has_pairs};

/// What is multiplied with what. Sums are f32 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Products {
    /// Every product of f32 that there is. A picture's values don't depend on how many others it is computed with.
    #[default]
    Each,
    /// The same, but large convolutions with short kernels make fewer products by sharing them between neighbouring
    /// outputs. It depends on the size of the batch which ones do.
    Shared,
    /// Every product, of bf16: twice as many at once, on processors that are built for it.
    Pairs,
}

thread_local! {
    static PRODUCTS: Cell<Products> = const { Cell::new(Products::Each) };
}

impl Products {
    /// What operations that this thread starts make.
    pub(crate) fn now() -> Self {
        PRODUCTS.get()
    }

    /// What the words of both factors hold.
    pub(crate) fn words(self) -> Words {
        match self {
            Self::Each | Self::Shared => Words::Single,
            Self::Pairs => Words::Pairs,
        }
    }
}

/// Runs `work` with such products, forward and backward, in every operation that this thread starts.
///
/// # Panics
/// When the processor can't multiply bf16, see [`has_pairs`].
pub fn with_products<T>(products: Products, work: impl FnOnce() -> T) -> T {
    assert!(products != Products::Pairs || has_pairs(), "this processor does not multiply bf16");
    struct Back(Products);
    impl Drop for Back {
        fn drop(&mut self) {
            PRODUCTS.set(self.0);
        }
    }
    let _back = Back(PRODUCTS.replace(products));
    work()
}
