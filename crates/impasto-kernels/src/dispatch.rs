//! One loop, compiled for several processors, chosen when the program runs.
//!
//! The program is built for any x86-64, which alone would mean four values at a time. Fused multiplications are left
//! off on purpose: without them every processor computes the same bits.

/// Compiles a function for AVX-512, for AVX2 and for whatever the program is built for, and calls the widest that the
/// processor has. Closures and functions in the body must be `#[inline(always)]`, or small enough to be inlined.
macro_rules! vectorised {
    ($(#[$about:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$about])*
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($arg: $kind),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
                fn widest($($arg: $kind),*) $(-> $out)? {
                    plain($($arg),*)
                }
                #[target_feature(enable = "avx2")]
                fn wide($($arg: $kind),*) $(-> $out)? {
                    plain($($arg),*)
                }
                match $crate::dispatch::width() {
                    // SAFETY: the processor has been asked for exactly these features.
                    $crate::dispatch::Width::Avx512 => return unsafe { widest($($arg),*) },
                    // SAFETY: as above.
                    $crate::dispatch::Width::Avx2 => return unsafe { wide($($arg),*) },
                    $crate::dispatch::Width::Plain => {}
                }
            }
            plain($($arg),*)
        }
    };
}
pub(crate) use vectorised;

/// How wide the vectors of this processor are.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Width {
    Avx512,
    Avx2,
    Plain,
}

/// The answers of the processor are kept by the standard library.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn width() -> Width {
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx512, is_x86_feature_detected!("avx2")) {
        (true, _) => Width::Avx512,
        (false, true) => Width::Avx2,
        (false, false) => Width::Plain,
    }
}
