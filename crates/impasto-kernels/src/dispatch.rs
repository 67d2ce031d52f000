//! One loop, compiled for several processors, chosen when the program runs.
//!
//! The program is built for any x86-64, which alone would mean four values at a time. Fused multiplications are left
//! off on purpose: without them every processor computes the same bits.

use std::sync::OnceLock;

use crate::tile::LANES;

/// Compiles a function for AVX-512, for AVX2 and for whatever the program is built for, and calls the widest that the
/// processor has. Closures and functions in the body must be `#[inline(always)]`, or small enough to be inlined.
///
/// With a type of lanes (`fn name<L>`), that stands for whole vectors of AVX-512 where the processor has it, and for
/// arrays elsewhere.
macro_rules! vectorised {
    ($(#[$about:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $(-> $out:ty)? $body:block) => {
        $(#[$about])*
        $vis fn $name($($arg: $kind),*) $(-> $out)? {
            #[inline(always)]
            fn plain($($arg: $kind),*) $(-> $out)? $body
            vectorised!(@ ($($arg: $kind),*) [$($out)?] plain, plain)
        }
    };
    ($(#[$about:meta])* $vis:vis fn $name:ident<$lanes:ident>($($arg:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$about])*
        $vis fn $name($($arg: $kind),*) {
            #[inline(always)]
            fn of<$lanes: $crate::dispatch::Lanes>($($arg: $kind),*) $body
            vectorised!(@ ($($arg: $kind),*) [] of::<$crate::dispatch::Widest>, of::<[f32; $crate::tile::LANES]>)
        }
    };
    ($(#[$about:meta])* $vis:vis unsafe fn $name:ident<$lanes:ident>($($arg:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$about])*
        $vis unsafe fn $name($($arg: $kind),*) {
            #[inline(always)]
            fn of<$lanes: $crate::dispatch::Lanes>($($arg: $kind),*) $body
            vectorised!(@ ($($arg: $kind),*) [] of::<$crate::dispatch::Widest>, of::<[f32; $crate::tile::LANES]>)
        }
    };
    (@ ($($arg:ident: $kind:ty),*) [$($out:ty)?] $whole:expr, $part:expr) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn widest($($arg: $kind),*) $(-> $out)? {
                $whole($($arg),*)
            }
            #[target_feature(enable = "avx2")]
            fn wide($($arg: $kind),*) $(-> $out)? {
                $part($($arg),*)
            }
            match $crate::dispatch::level() {
                // SAFETY: the processor has been asked for exactly these features.
                $crate::dispatch::Level::Avx512 => return unsafe { widest($($arg),*) },
                // SAFETY: as above.
                $crate::dispatch::Level::Avx2 => return unsafe { wide($($arg),*) },
                $crate::dispatch::Level::Plain => {}
            }
        }
        $part($($arg),*)
    }};
}
pub(crate) use vectorised;

/// How much of this processor is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(crate) enum Level {
    /// What the program was built for; on ARM that is NEON.
    Plain,
    /// AVX2 and fused multiplications.
    Avx2,
    /// AVX-512, the parts that every server and desktop with it has.
    Avx512,
}

/// What this processor has; `IMPASTO_KERNELS=plain` or `avx2` in the environment asks for less.
#[inline]
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let most = match std::env::var("IMPASTO_KERNELS").as_deref() {
            Ok("plain") => Level::Plain,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512,
        };
        let has = detected();
        if has > most { most } else { has }
    })
}

#[cfg(target_arch = "x86_64")]
fn detected() -> Level {
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl");
    match (avx512, is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")) {
        (true, _) => Level::Avx512,
        (false, true) => Level::Avx2,
        (false, false) => Level::Plain,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detected() -> Level {
    Level::Plain
}

/// Sixteen values.
pub(crate) trait Lanes: Copy {
    /// # Safety
    /// They must be readable.
    unsafe fn load(from: *const f32) -> Self;
    /// # Safety
    /// They must be writable.
    unsafe fn store(self, to: *mut f32);
    fn zero() -> Self;
    fn times(self, factor: f32) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
}

impl Lanes for [f32; LANES] {
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: promised by the caller.
        unsafe { *from.cast() }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: promised by the caller.
        unsafe { *to.cast() = self }
    }

    #[inline(always)]
    fn zero() -> Self {
        [0.0; LANES]
    }

    #[inline(always)]
    fn times(mut self, factor: f32) -> Self {
        self.iter_mut().for_each(|v| *v *= factor);
        self
    }

    #[inline(always)]
    fn plus(mut self, other: Self) -> Self {
        self.iter_mut().zip(other).for_each(|(v, other)| *v += other);
        self
    }

    #[inline(always)]
    fn minus(mut self, other: Self) -> Self {
        self.iter_mut().zip(other).for_each(|(v, other)| *v -= other);
        self
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for std::arch::x86_64::__m512 {
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: promised by the caller; only used where the processor has AVX-512, here and below.
        unsafe { std::arch::x86_64::_mm512_loadu_ps(from) }
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: as above.
        unsafe { std::arch::x86_64::_mm512_storeu_ps(to, self) }
    }

    #[inline(always)]
    fn zero() -> Self {
        // SAFETY: as above.
        unsafe { std::arch::x86_64::_mm512_setzero_ps() }
    }

    #[inline(always)]
    fn times(self, factor: f32) -> Self {
        // SAFETY: as above.
        unsafe { std::arch::x86_64::_mm512_mul_ps(self, std::arch::x86_64::_mm512_set1_ps(factor)) }
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { std::arch::x86_64::_mm512_add_ps(self, other) }
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        // SAFETY: as above.
        unsafe { std::arch::x86_64::_mm512_sub_ps(self, other) }
    }
}

/// The widest lanes that there may be.
#[cfg(target_arch = "x86_64")]
pub(crate) type Widest = std::arch::x86_64::__m512;
