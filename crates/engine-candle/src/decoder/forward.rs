//! One pass of new tokens of several sequences through all layers.

use super::batch::{Place, Segment};
use super::experts::{expert_rows, gated_rows};
use super::kv::KvShape;
use super::layer::Layer;
use super::layer::{FeedForward, Linear};
use super::mix::{Heads, mix};
use crate::compute::{
    InstructionSet, Matrix, Rotation, cap_logits, multiply, root_mean_square, rotate_heads,
};
use crate::config::{DecoderConfig, RotationConfig};
use rayon::prelude::*;

/// A model that is ready to compute.
pub(crate) struct Decoder {
    pub(super) set: InstructionSet,
    pub(super) kv_shape: KvShape,
    pub(super) embedding: Matrix,
    pub(super) layers: Vec<Layer>,
    pub(super) output_norm: Vec<f32>,
    /// Absent when the embedding serves as output head.
    pub(super) head: Option<Matrix>,
    pub(super) rotations: Vec<RotationConfig>,
    pub(super) config: DecoderConfig,
}

/// New tokens on their way through the layers.
pub(super) struct Pass {
    stream: Vec<f32>,
    places: Vec<Place>,
    rotations: Vec<Vec<Rotation>>,
}

/// Rows of logits, in the order of segments and tokens.
pub struct Logits {
    data: Vec<f32>,
    vocabulary: usize,
}

impl Logits {
    /// Rows of so many numbers each, one after the other.
    pub fn new(data: Vec<f32>, vocabulary: usize) -> Self {
        Logits { data, vocabulary }
    }

    /// The rows.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.data.chunks_exact(self.vocabulary)
    }
}

impl Decoder {
    /// The shape.
    pub(crate) fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// Bytes of a block of keys and values.
    pub(crate) fn block_bytes(&self) -> usize {
        self.kv_shape.block_bytes()
    }

    /// Computes all new tokens of all segments in one pass.
    pub(crate) fn forward(&self, segments: &mut [Segment<'_>]) -> Logits {
        let mut pass = self.begin(segments);
        for (index, layer) in self.layers.iter().enumerate() {
            self.through((index, layer), segments, &mut pass);
        }
        self.logits(segments, &pass)
    }

    /// The new tokens before the first layer.
    pub(super) fn begin(&self, segments: &mut [Segment<'_>]) -> Pass {
        let places = self.make_room(segments);
        let rotations = self.rotations.iter().map(|rotation| angles(rotation, &places)).collect();
        Pass { stream: self.embed(segments), places, rotations }
    }

    /// Takes them through a layer.
    pub(super) fn through(
        &self,
        (index, layer): (usize, &Layer),
        segments: &mut [Segment<'_>],
        pass: &mut Pass,
    ) {
        let mut added = Vec::new();
        let mixed = self.attention((index, layer), segments, pass);
        let stream = &mut pass.stream;
        self.apply(&layer.attention_output, &mixed, &mut added);
        self.add(&mut added, layer.post_attention_norm.as_deref(), stream);
        let input = self.normalised(stream, &layer.feed_forward_norm);
        match &layer.feed_forward {
            FeedForward::Dense(part) => {
                gated_rows(self.set, self.config.activation, part, &input, &mut added);
            }
            FeedForward::Experts(layer) => {
                expert_rows(self.set, self.config.activation, layer, &input, &mut added);
            }
        }
        self.add(&mut added, layer.post_feed_forward_norm.as_deref(), stream);
    }

    fn make_room(&self, segments: &mut [Segment<'_>]) -> Vec<Place> {
        let mut first_row = 0;
        let mut places = Vec::with_capacity(segments.len());
        for segment in segments {
            let count = segment.tokens.len();
            places.push(Place { first_row, position: segment.kv.tokens(), count });
            segment.kv.extend(&self.kv_shape, count);
            first_row += count;
        }
        places
    }

    fn embed(&self, segments: &[Segment<'_>]) -> Vec<f32> {
        let tokens: Vec<u32> = segments.iter().flat_map(|segment| segment.tokens).copied().collect();
        let mut stream = vec![0f32; tokens.len() * self.config.width];
        for (row, token) in stream.chunks_exact_mut(self.config.width).zip(tokens) {
            self.embedding.copy_row(token as usize, row);
            if self.config.embedding_scale != 1.0 {
                row.iter_mut().for_each(|value| *value *= self.config.embedding_scale);
            }
        }
        stream
    }

    fn normalised(&self, stream: &[f32], weight: &[f32]) -> Vec<f32> {
        let width = self.config.width;
        let mut out = vec![0f32; stream.len()];
        out.par_chunks_mut(width).with_min_len(16).zip(stream.par_chunks(width)).for_each(|(out, row)| {
            root_mean_square(row, weight, self.config.norm_epsilon, out);
        });
        out
    }

    fn apply(&self, linear: &Linear, input: &[f32], out: &mut Vec<f32>) {
        multiply(self.set, &linear.matrix, input, out);
        if let Some(bias) = &linear.bias {
            for row in out.chunks_exact_mut(bias.len()) {
                row.iter_mut().zip(bias).for_each(|(value, bias)| *value += *bias);
            }
        }
    }

    /// Adds what a part gave to the stream, normalised first where the family does so.
    fn add(&self, added: &mut Vec<f32>, norm: Option<&[f32]>, stream: &mut [f32]) {
        if let Some(norm) = norm {
            *added = self.normalised(added, norm);
        }
        stream.iter_mut().zip(added.iter()).for_each(|(sum, value)| *sum += *value);
    }

    fn attention(
        &self,
        (index, layer): (usize, &Layer),
        segments: &mut [Segment<'_>],
        pass: &Pass,
    ) -> Vec<f32> {
        let Pass { stream, places, rotations } = pass;
        let rotations = self.config.layers[index].rotation.map(|rotation| rotations[rotation].as_slice());
        let mut rows = Vec::new();
        self.apply(&layer.query_key_value, &self.normalised(stream, &layer.attention_norm), &mut rows);
        let (query_width, kv_width) = (self.config.query_width(), self.config.kv_width());
        let row_width = query_width + 2 * kv_width;
        rows.par_chunks_mut(row_width).with_min_len(16).enumerate().for_each(|(index, row)| {
            self.prepare_heads(layer, rotations.map(|rotations| &rotations[index]), row);
        });
        for (segment, place) in segments.iter_mut().zip(places) {
            let own = rows[place.first_row * row_width..].chunks_exact(row_width).take(place.count);
            for (offset, row) in own.enumerate() {
                let keys_values = row[query_width..].split_at(kv_width);
                segment.kv.write(&self.kv_shape, index, place.position + offset, keys_values);
            }
        }
        let heads = Heads { set: self.set, shape: &self.kv_shape, config: &self.config };
        mix(&heads, index, (segments, places), &rows)
    }

    /// Normalises and turns the queries and keys of a row, and scales its queries.
    fn prepare_heads(&self, layer: &Layer, rotation: Option<&Rotation>, row: &mut [f32]) {
        let (query_width, kv_width) = (self.config.query_width(), self.config.kv_width());
        let (queries, rest) = row.split_at_mut(query_width);
        let keys = &mut rest[..kv_width];
        if let Some(norms) = &layer.head_norms {
            self.normalise_heads(queries, &norms.query);
            self.normalise_heads(keys, &norms.key);
        }
        if let Some(rotation) = rotation {
            rotate_heads(queries, self.config.head_width, rotation);
            rotate_heads(keys, self.config.head_width, rotation);
        }
        queries.iter_mut().for_each(|query| *query *= self.config.query_scale);
    }

    fn normalise_heads(&self, heads: &mut [f32], weight: &[f32]) {
        for head in heads.chunks_exact_mut(weight.len()) {
            let before = head.to_vec();
            root_mean_square(&before, weight, self.config.norm_epsilon, head);
        }
    }

    /// The logits after the last layer.
    pub(super) fn logits(&self, segments: &[Segment<'_>], Pass { stream, places, .. }: &Pass) -> Logits {
        let width = self.config.width;
        let mut wanted = Vec::new();
        for (segment, place) in segments.iter().zip(places) {
            let rows = place.first_row + segment.logits_from.min(place.count)..place.first_row + place.count;
            wanted.extend_from_slice(&stream[rows.start * width..rows.end * width]);
        }
        let mut data = Vec::new();
        let head = self.head.as_ref().unwrap_or(&self.embedding);
        multiply(self.set, head, &self.normalised(&wanted, &self.output_norm), &mut data);
        if let Some(cap) = self.config.logit_cap {
            data.par_chunks_mut(head.outputs()).for_each(|row| cap_logits(self.set, row, cap));
        }
        Logits { data, vocabulary: head.outputs() }
    }
}

/// The angles of all rows of a pass.
fn angles(rotation: &RotationConfig, places: &[Place]) -> Vec<Rotation> {
    let positions = places.iter().flat_map(|place| place.position..place.position + place.count);
    positions.map(|position| Rotation::at(position, &rotation.frequencies, rotation.factor)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::kv::KvTable;
    use super::super::weights::{WeightFault, Weights};
    use super::*;
    use crate::compute::Gate;
    use crate::config::{ExpertsConfig, LayerConfig, Pairs};
    use crate::options::Precision;

    /// Made-up weights for any name and shape.
    struct MadeUp;

    impl Weights for MadeUp {
        fn has(&self, name: &str) -> bool {
            name != "output.weight" && name != "rope_freqs.weight"
        }

        fn names(&self) -> Vec<&str> {
            Vec::new()
        }

        fn outputs(&self, _: &str) -> Result<usize, WeightFault> {
            Ok(50)
        }

        fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, WeightFault> {
            let mut state = name.bytes().fold(1u32, |state, byte| state.wrapping_mul(31) + u32::from(byte));
            let number = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            };
            Ok((0..shape.iter().product()).map(number).collect())
        }
    }

    fn decoder(set: InstructionSet) -> Decoder {
        let layer = |rotation, window| LayerConfig { rotation, window };
        let config = DecoderConfig {
            width: 40,
            feed_forward: 56,
            heads: 6,
            kv_heads: 2,
            head_width: 10,
            rotations: vec![RotationConfig { frequencies: vec![1.0, 0.3, 0.1, 0.02], factor: 1.0 }],
            pairs: Pairs::Halves,
            layers: vec![layer(Some(0), None), layer(None, Some(33))],
            norm_epsilon: 1e-5,
            activation: Gate::GeluTanh,
            embedding_scale: 3.0,
            query_scale: 0.3,
            score_cap: Some(50.0),
            logit_cap: Some(30.0),
            experts: Some(ExpertsConfig { count: 4, used: 2, width: 24, renormalise: true }),
            context: 128,
        };
        Decoder { set, ..Decoder::load(config, &MadeUp).ok().unwrap() }
    }

    fn logits(decoder: &Decoder, tokens: &[u32], chunk: usize) -> Vec<u32> {
        let mut kv = KvTable::default();
        let mut bits = Vec::new();
        for tokens in tokens.chunks(chunk) {
            let logits = decoder.forward(&mut [Segment { kv: &mut kv, tokens, logits_from: 0 }]);
            bits.extend(logits.rows().flatten().map(|value| value.to_bits()));
        }
        bits
    }

    #[test]
    fn every_instruction_set_and_every_chunk_gives_the_same_bits() {
        let tokens: Vec<u32> = (0..70).map(|index| index * 7 % 50).collect();
        let expected = logits(&decoder(InstructionSet::Baseline), &tokens, 70);
        assert_eq!(expected.len(), 70 * 50);
        for set in InstructionSet::available() {
            let decoder = decoder(set);
            for chunk in [1, 3, 32, 33, 70] {
                assert!(logits(&decoder, &tokens, chunk) == expected, "{set:?}, chunks of {chunk}");
            }
        }
    }

    #[test]
    fn fewer_bits_are_as_deaf_to_batches_and_their_noise_is_told() {
        let tokens: Vec<u32> = (0..70).map(|index| index * 7 % 50).collect();
        let config = decoder(InstructionSet::detect()).config;
        let mut noises = Vec::new();
        for precision in [Precision::Bf16, Precision::Q8] {
            let (kept, noise) =
                Decoder::load_kept(config.clone(), &MadeUp, (precision, &tokens)).ok().unwrap();
            let expected = logits(&kept, &tokens, 70);
            assert!(logits(&kept, &tokens, 3) == expected, "{precision:?}");
            assert_eq!(noise.tokens, 69);
            assert!(noise.mean > 0.0 && noise.largest >= noise.mean, "{noise}");
            noises.push(noise.mean);
        }
        assert!(noises[0] < noises[1] && noises[1] < 1.0, "{noises:?}");
        let (_, none) = Decoder::load_kept(config, &MadeUp, (Precision::F32, &tokens)).ok().unwrap();
        assert_eq!((none.mean, none.largest), (0.0, 0.0));
    }

    #[test]
    fn segments_of_one_pass_do_not_see_each_other() {
        let decoder = decoder(InstructionSet::detect());
        let alone = logits(&decoder, &[1, 2, 3, 4], 4);
        let (mut first, mut second) = (KvTable::default(), KvTable::default());
        let rows = decoder.forward(&mut [
            Segment { kv: &mut first, tokens: &[9, 8, 7], logits_from: 3 },
            Segment { kv: &mut second, tokens: &[1, 2, 3, 4], logits_from: 0 },
        ]);
        let bits: Vec<u32> = rows.rows().flatten().map(|value| value.to_bits()).collect();
        assert_eq!(bits, alone);
    }
}
