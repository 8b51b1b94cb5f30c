//! A model whose digest its user pins: its ports, and the checks of proofs about it.

use hallmark_circuits::{
    claim::Claim,
    codec::{
        self, MAX_KEY_BYTES, ProofKind, Reader, Receipt, ReceiptHead,
        container::{Kind, decode},
    },
    digest::Digest,
    model::{Architecture, Binding, InputPort, Quantized},
    relations::packing::public_tensors,
    settlement::{pinned::PinnedKey, proof::SettlementProof},
    verifier::statement::Statement,
};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::{
    answer::Answer,
    fault::Fault,
    input::{Input, small},
};

/// What stands before a key that is stored as a contract's code.
const STOP: [u8; 1] = [0];

/// A model with the keys of its batches.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Model {
    key: PinnedKey,
    batches: Vec<PinnedKey>,
}

#[wasm_bindgen]
impl Model {
    /// Reads the model with this digest: a file of its verifying key, and the bytes of its settlement key.
    ///
    /// # Errors
    /// [`Fault`] if the bytes are no keys, or not those with the digest.
    pub fn read(key: &[u8], settlement_key: &[u8], digest: &[u8]) -> Result<Self, Fault> {
        let found = key.len();
        if u64::try_from(found).is_ok_and(|found| found > MAX_KEY_BYTES) {
            return Err(Fault::TooLarge { found, limit: MAX_KEY_BYTES });
        }
        let payload: Vec<u8> = decode(key, Kind::Key)?;
        let key = PinnedKey::new(codec::read_key(&payload)?, code(settlement_key), word(digest)?)?;
        Ok(Self { key, batches: Vec::new() })
    }

    /// Adds the settlement key of a batch.
    ///
    /// # Errors
    /// [`Fault::Pin`] if it is none that the model's key lists.
    #[wasm_bindgen(js_name = addBatch)]
    pub fn add_batch(&mut self, settlement_key: &[u8]) -> Result<(), Fault> {
        self.batches.push(self.key.batch(code(settlement_key))?);
        Ok(())
    }

    /// The model digest.
    #[must_use]
    pub fn digest(&self) -> Vec<u8> {
        self.key.digest().0.to_vec()
    }

    /// The weight digest.
    #[wasm_bindgen(js_name = weightDigest)]
    #[must_use]
    pub fn weight_digest(&self) -> Vec<u8> {
        self.key.weight_digest().0.to_vec()
    }

    /// The digest of the architecture.
    #[wasm_bindgen(js_name = architectureDigest)]
    #[must_use]
    pub fn architecture_digest(&self) -> Vec<u8> {
        self.architecture().digest().0.to_vec()
    }

    /// The digest of the setup.
    #[wasm_bindgen(js_name = setupDigest)]
    #[must_use]
    pub fn setup_digest(&self) -> Vec<u8> {
        self.key.model().setup.digest.0.to_vec()
    }

    /// Whether somebody may know the setup's secret.
    #[wasm_bindgen(js_name = isInsecureSetup)]
    #[must_use]
    pub fn is_insecure_setup(&self) -> bool {
        self.key.model().setup.insecure
    }

    /// The shape of an input.
    #[wasm_bindgen(js_name = inputShape)]
    #[must_use]
    pub fn input_shape(&self) -> Vec<u32> {
        self.port().shape.iter().copied().map(small).collect()
    }

    /// The names of the arrays that an input is put together from; none if it is one array.
    #[wasm_bindgen(js_name = inputNames)]
    #[must_use]
    pub fn input_names(&self) -> Vec<String> {
        self.port().parts.iter().map(|part| part.name.clone()).collect()
    }

    /// The shape of one of these arrays; empty if there are fewer.
    #[wasm_bindgen(js_name = shapeOfInput)]
    #[must_use]
    pub fn shape_of_input(&self, index: usize) -> Vec<u32> {
        self.port().parts.get(index).map_or_else(Vec::new, |part| part.shape.iter().copied().map(small).collect())
    }

    /// The names of the arrays that an output is taken apart into; none if it is one array.
    #[wasm_bindgen(js_name = outputNames)]
    #[must_use]
    pub fn output_names(&self) -> Vec<String> {
        self.architecture().output.parts.iter().map(|part| part.name.clone()).collect()
    }

    /// The shape of one of these arrays; empty if there are fewer.
    #[wasm_bindgen(js_name = shapeOfOutput)]
    #[must_use]
    pub fn shape_of_output(&self, index: usize) -> Vec<u32> {
        let parts = &self.architecture().output.parts;
        parts.get(index).map_or_else(Vec::new, |part| part.shape.iter().copied().map(small).collect())
    }

    /// The shape of an output.
    #[wasm_bindgen(js_name = outputShape)]
    #[must_use]
    pub fn output_shape(&self) -> Vec<u32> {
        self.architecture().output.shape.iter().copied().map(small).collect()
    }

    /// Whether contracts are told digests of inputs.
    #[wasm_bindgen(js_name = isToldDigests)]
    #[must_use]
    pub fn is_told_digests(&self) -> bool {
        self.port().binding != Binding::Values
    }

    /// Whether inputs are whole numbers as they are.
    #[wasm_bindgen(js_name = takesWholeNumbers)]
    #[must_use]
    pub fn takes_whole_numbers(&self) -> bool {
        (0..inputs(self.port())).all(|index| self.port().is_whole(index))
    }

    /// The sizes of batches that the model is offered in.
    #[wasm_bindgen(js_name = batchSizes)]
    #[must_use]
    pub fn batch_sizes(&self) -> Vec<u32> {
        self.key.model().batches.iter().map(|batch| small(batch.size())).collect()
    }

    /// Quantizes an input.
    ///
    /// # Errors
    /// [`Fault::Input`] if the model has no answer to it, or would see another one and that is not allowed.
    pub fn quantize(&self, values: &[f32], allow_clamping: bool) -> Result<Input, Fault> {
        let Quantized { integers, clamping } = Quantized::admit(self.port(), values.iter().copied(), allow_clamping)?;
        let statement = Statement::new(self.architecture())?;
        let [input, _] = public_tensors(statement.model, &statement.layout);
        Ok(Input { bytes: input.told(&integers), integers: narrow(&integers)?, clamping })
    }

    /// Quantizes samples that follow each other.
    ///
    /// # Errors
    /// As [`Self::quantize`], and [`Fault::Length`] if the last sample is not whole.
    pub fn integers(&self, values: &[f32], allow_clamping: bool) -> Result<Vec<i32>, Fault> {
        let admit = |sample: &[f32]| Quantized::admit(self.port(), sample.iter().copied(), allow_clamping);
        let mut integers = Vec::new();
        for sample in samples("input", values, inputs(self.port()))? {
            integers.extend(narrow(&admit(sample)?.integers)?);
        }
        Ok(integers)
    }

    /// The values of outputs that follow each other. The arrays of one sample stand before those of the next.
    ///
    /// # Errors
    /// [`Fault::Length`] if the last output is not whole.
    pub fn dequantize(&self, integers: &[i32]) -> Result<Vec<f32>, Fault> {
        let port = &self.architecture().output;
        let wide = |sample: &[i32]| sample.iter().copied().map(i64::from).collect::<Vec<i64>>();
        let samples = samples("output", integers, port.shape.iter().product())?;
        Ok(samples.flat_map(|sample| port.dequantize(&wide(sample))).collect())
    }

    /// The integers that the bytes of outputs stand for.
    ///
    /// # Errors
    /// [`Fault::Length`] if the last output is not whole.
    #[wasm_bindgen(js_name = outputIntegers)]
    pub fn output_integers(&self, bytes: &[u8]) -> Result<Vec<i32>, Fault> {
        let statement = Statement::new(self.architecture())?;
        let [_, output] = public_tensors(statement.model, &statement.layout);
        let mut integers = Vec::new();
        for sample in samples("output", bytes, output.told_bytes())? {
            integers.extend(narrow(&output.from_bytes(sample).unwrap_or_default())?);
        }
        Ok(integers)
    }

    /// Checks a file of a proof, which is about these samples and bound to this context.
    ///
    /// # Errors
    /// [`Fault`] if the file is no proof, or one that does not hold for the samples and the context.
    pub fn verify(&self, file: &[u8], input: &[i32], context: &[u8]) -> Result<Answer, Fault> {
        let context = word(context)?;
        let given = samples("input", input, inputs(self.port()))?.len();
        let payload: Vec<u8> = decode(file, Kind::Proof)?;
        let head = ReceiptHead::from_bytes(&payload).map_err(Fault::Unreadable)?;
        let key = self.key_of(head.size)?;
        let statement = Statement::new(&key.model().architecture)?;
        let receipt = Receipt::from_bytes(&statement, &payload).map_err(Fault::Unreadable)?;
        self.check_names(&receipt, given, context)?;
        let input: Vec<i64> = input.iter().copied().map(i64::from).collect();
        key.verify(&filled(&input, inputs(self.port()), receipt.size), &receipt)?;
        let asked = receipt.samples.saturating_mul(self.architecture().output.shape.iter().product());
        let integers = narrow(receipt.answer.output.get(..asked).unwrap_or_default())?;
        let (samples, size) = (receipt.samples, receipt.size);
        self.answer(receipt.proof.kind(), integers, samples, size, context)
    }

    /// Checks the proof of a settlement in the bytes that a contract was told: those of the samples that somebody asked for. The
    /// contract fills up with copies of the last one until there are `size`.
    ///
    /// # Errors
    /// [`Fault`] if the bytes are not the model's, or the proof does not hold for them and the context.
    #[wasm_bindgen(js_name = verifyTold)]
    pub fn verify_told(
        &self,
        size: u32,
        input: &[u8],
        output: &[u8],
        proof: &[u8],
        context: &[u8],
    ) -> Result<Answer, Fault> {
        let (size, context) = (usize::try_from(size).unwrap_or(usize::MAX), word(context)?);
        let key = self.key_of(size)?;
        let single = Statement::new(self.architecture())?;
        let [read, answered] = public_tensors(single.model, &single.layout).map(|tensor| tensor.told_bytes());
        let given = samples("input", input, read)?.len();
        let found = samples("output", output, answered)?.len();
        if given != found || !(1..=size).contains(&given) {
            return Err(Fault::Samples { expected: given, found });
        }
        let statement = Statement::new(&key.model().architecture)?;
        let mut reader = Reader::new(proof);
        let proof = SettlementProof::read(&statement, &mut reader).map_err(Fault::Unreadable)?;
        reader.finish().map_err(Fault::Unreadable)?;
        let claim = Claim { context, input: filled(input, read, size), output: filled(output, answered, size) };
        key.verify_told(&claim, &proof)?;
        self.answer(ProofKind::Settlement, self.output_integers(output)?, given, size, context)
    }
}

impl Model {
    fn architecture(&self) -> &Architecture {
        &self.key.model().architecture
    }

    fn port(&self) -> &InputPort {
        &self.architecture().input
    }

    /// The key that proofs of so many samples are held against.
    fn key_of(&self, size: usize) -> Result<&PinnedKey, Fault> {
        let mut keys = [&self.key].into_iter().chain(&self.batches);
        keys.find(|key| key.size() == size).ok_or(Fault::Batch { size })
    }

    /// Checks that a receipt is about these weights, so many samples and a context.
    fn check_names(&self, receipt: &Receipt, samples: usize, context: Digest) -> Result<(), Fault> {
        let expected = self.key.weight_digest();
        if receipt.key != expected {
            return Err(Fault::Weights { expected, found: receipt.key });
        }
        if receipt.answer.context != context {
            return Err(Fault::Context { expected: context, found: receipt.answer.context });
        }
        let found = receipt.samples;
        if found == samples { Ok(()) } else { Err(Fault::Samples { expected: samples, found }) }
    }

    fn answer(
        &self,
        kind: ProofKind,
        integers: Vec<i32>,
        samples: usize,
        size: usize,
        context: Digest,
    ) -> Result<Answer, Fault> {
        Ok(Answer { values: self.dequantize(&integers)?, kind, integers, samples, size, context })
    }
}

/// The number of values of one input.
fn inputs(port: &InputPort) -> usize {
    port.axes.iter().product()
}

/// A settlement key as it is, or as it is stored.
fn code(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(&STOP).unwrap_or(bytes)
}

fn word(bytes: &[u8]) -> Result<Digest, Fault> {
    bytes.try_into().map(Digest).map_err(|_| Fault::Digest { found: bytes.len() })
}

/// Samples of the same length.
fn samples<'v, T>(what: &'static str, values: &'v [T], length: usize) -> Result<std::slice::Chunks<'v, T>, Fault> {
    let found = values.len();
    if length > 0 && found > 0 && found.is_multiple_of(length) {
        Ok(values.chunks(length))
    } else {
        Err(Fault::Length { what, expected: length, found })
    }
}

/// The samples, and copies of the last one until there are `size`. No more than `size` are given.
fn filled<T: Copy>(values: &[T], length: usize, size: usize) -> Vec<T> {
    let last = values.len().checked_sub(length).and_then(|start| values.get(start..)).unwrap_or_default();
    let copies = size.saturating_sub(values.len().checked_div(length).unwrap_or_default());
    [values, &last.repeat(copies)].concat()
}

/// The integers in 32 bits. Inputs have 16 at most, and outputs those of a table.
fn narrow(integers: &[i64]) -> Result<Vec<i32>, Fault> {
    integers.iter().map(|&value| i32::try_from(value).map_err(|_| Fault::Integer)).collect()
}
