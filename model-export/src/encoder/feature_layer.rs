//! Which of the network's layers the decoder reads.

use serde::{Deserialize, Serialize};

/// Which of the network's layers the decoder reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureLayer {
    /// After the head convolution: more channels, closer to the classes of ImageNet.
    #[default]
    Head,
    /// After the last block, before the head convolution: a fourth of the channels, so that the
    /// decoder can have a head of its own that is trained on captions. EfficientNet-Lite only.
    Blocks,
    /// Before the last block: the decoder trains that block and the head. EfficientNet-Lite only.
    LastBlock,
    /// After the last layer of stride 2: the decoder trains all blocks that follow, which are most of the
    /// last two stages, and the head. EfficientNet-Lite only.
    LastStages,
    /// The mean over all positions of what the head gives: one vector per photo, for decoders without
    /// attention. Every network has it.
    Pooled,
}

impl FeatureLayer {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Head,
        Self::Blocks,
        Self::LastBlock,
        Self::LastStages,
        Self::Pooled,
    ];

    /// The name in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Blocks => "blocks",
            Self::LastBlock => "last-block",
            Self::LastStages => "last-stages",
            Self::Pooled => "pooled",
        }
    }

    /// Whether layers of the network follow, which a decoder takes over as [`Tail`](super::Tail).
    pub fn leaves_a_tail(self) -> bool {
        match self {
            Self::Blocks | Self::LastBlock | Self::LastStages => true,
            Self::Head | Self::Pooled => false,
        }
    }

    /// How many of a network's blocks, told by their strides, come before the layer.
    pub(super) fn blocks_before(
        self,
        mut strides: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator,
    ) -> usize {
        let count = strides.len();
        match self {
            Self::Head | Self::Pooled | Self::Blocks => count,
            Self::LastBlock => count.saturating_sub(1),
            Self::LastStages => strides
                .rposition(|stride| stride > 1)
                .map_or(0, |last| last + 1),
        }
    }
}
