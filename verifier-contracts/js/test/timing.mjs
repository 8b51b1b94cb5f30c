// How long things take, in Node and in a browser alike.

const RUNS = 9;

function median(work) {
  const times = [];
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    work();
    times.push(performance.now() - start);
  }
  return times.sort((left, right) => left - right)[Math.floor(RUNS / 2)];
}

/** The milliseconds of each step: the first call of the module, which compiles it, and medians. */
export async function timings(verifier, fixtures, read) {
  const [model] = fixtures.models;
  const input = Float32Array.from(fixtures.image);
  const three = Float32Array.from(fixtures.three);
  const files = { key: read("values.key"), settlementKey: read("values.blob"), batchKeys: [read("values.4.blob")] };
  let start = performance.now();
  await verifier.init();
  const load = performance.now() - start;
  start = performance.now();
  const opened = verifier.readModel(files, model.digest);
  opened.verify(read("values.receipt.proof"), { input });
  const first = performance.now() - start;
  const batch = { input: three, context: model.contexts.batch };
  return {
    load,
    first,
    read: median(() => verifier.readModel(files, model.digest).free()),
    settlement: median(() => opened.verify(read("values.receipt.proof"), { input })),
    offChain: median(() => opened.verify(read("values.off-chain.proof"), { input })),
    batch: median(() => opened.verify(read("values.batch.proof"), batch)),
  };
}
