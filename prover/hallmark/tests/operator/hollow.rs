//! A circuit that checks nothing, registered with a genuine model's commitments, and powers under which it looks like the
//! genuine one. Who pays, reads or verifies is told neither by the weight digest nor by the head of the file of powers.

use std::fs;

use alloy::primitives::{Address, B256, U256};
use hallmark_chain::{
    chain::creation_code,
    node::{
        Intent,
        contracts::{
            market::{
                IInferenceMarket::{Fulfilment, Order},
                InferenceMarket::{fulfilCall, listCall},
            },
            registry::ModelRegistry::{modelCall, provePossessionCall, registerCall},
        },
    },
};
use hallmark_circuits::{
    claim::Claim,
    codec::{Answer, Receipt, ReceiptProof},
    digest::Digest,
    settlement::{key::key_bytes, proof::SettlementProof},
    verifier::statement::Statement,
};
use hallmark_operator::{context, model_id, possession_context};
use hallmark_proving::{artifact::write_receipt, proving::Prover, srs::Srs};
use hallmark_testing::hollow::{Hollow, forge_srs};
use serde_json::Value;

use crate::{
    program::{done, say, text},
    purpose::INPUT,
    service::FULFILLED,
    world::{CUSTOMER, DEPLOYER, FEE, FILES, OPERATOR, RIVAL, World, at},
};

/// What the genuine model, whose table has nothing but zeros, never says.
const LIE: [i64; 2] = [42, -7];

/// A world with a hollow model beside the genuine one.
struct Attack {
    world: World,
    /// The hollow model.
    hollow: B256,
    /// The model digests, of the genuine and of the hollow model.
    digests: [String; 2],
}

impl Attack {
    async fn new() -> Self {
        let world = World::new(&[]).await;
        let served = FILES.served("m", world.model);
        let statement = served.statement().unwrap();
        let bytes = key_bytes(&statement, &Hollow::new(&statement, &served.srs).key(), &served.model.key, &[]);
        fs::write(at(world.folder.path(), "forged.bin"), forged(&statement, &served.srs)).unwrap();
        done(DEPLOYER, &format!("export-key m.hallmark -o {}", at(world.folder.path(), "m.key")));
        let deployer = world.anvil.account(DEPLOYER).await;
        let code = creation_code(&[&[0], bytes.as_slice()].concat()).unwrap();
        let key = deployer.send(&Intent::deploy("the hollow key", code)).await.unwrap().contract.unwrap();
        let digest = alloy::primitives::keccak256(&bytes);
        let call = registerCall { key, keyDigest: digest, predecessor: B256::ZERO, uri: String::new() };
        deployer.send(&Intent::call(world.registry, &call)).await.unwrap();
        let hollow = model_id(31_337, world.registry, deployer.address(), digest, B256::ZERO, "");
        let genuine = B256::from(served.key().digest().0);
        let record = deployer.node.view(world.registry, &modelCall { modelId: hollow }).await.unwrap();
        assert_eq!(
            record.weightDigest,
            B256::from(served.model.key.digest().0),
            "the weight digest is the genuine one"
        );
        assert_ne!(digest, genuine);
        Self { world, hollow, digests: [genuine.to_string(), digest.to_string()] }
    }

    fn file(&self, name: &str) -> String {
        at(self.world.folder.path(), name)
    }

    fn refuses(&self, account: usize, command: &str, reason: &str) {
        let (code, json) = say(account, &format!("{command} --rpc {}", self.world.anvil.url()));
        assert!(matches!(code, 1 | 3) && said(&json).contains(reason), "{command}: {json}");
    }

    /// Who has no model proves to the registry that it has, as the hollow circuit accepts anything.
    async fn possess(&self) {
        let deployer = self.world.anvil.account(DEPLOYER).await;
        let context = possession_context(31_337, self.world.registry, self.hollow);
        let (claim, proof) = lie(self.world.model, context);
        let call = provePossessionCall {
            modelId: self.hollow,
            input: INPUT.to_vec().into(),
            output: claim.output.into(),
            proof: proof.to_bytes().into(),
        };
        deployer.send(&Intent::call(self.world.registry, &call)).await.unwrap();
    }

    /// Has the hollow model answer a request with the lie, for which the market pays.
    async fn sell(&self) -> B256 {
        let World { market, .. } = self.world;
        let deployer = self.world.anvil.account(DEPLOYER).await;
        let listing = listCall { modelId: self.hollow, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
        deployer.send(&Intent::call(market, &listing)).await.unwrap();
        let order = Order { modelId: self.hollow, ..self.world.ask_for(&INPUT, 3600).await };
        let id = self.world.order(&order, &INPUT, FEE).await;
        let operator = self.world.anvil.account(OPERATOR).await;
        let context = context(31_337, market, id, self.hollow, operator.address(), order.deadline);
        let (claim, proof) = lie(self.world.model, context);
        let f = Fulfilment {
            requestId: id,
            payee: operator.address(),
            input: INPUT.to_vec().into(),
            output: claim.output.into(),
            proof: proof.to_bytes().into(),
        };
        operator.send(&Intent::call(market, &fulfilCall { f })).await.unwrap();
        id
    }
}

/// Why a command refuses.
fn said(json: &Value) -> &str {
    json["error"]["message"].as_str().or_else(|| json["reason"].as_str()).unwrap_or_default()
}

/// A file of powers whose head is the genuine one's, and under which the genuine circuit has the hollow one's key.
fn forged(statement: &Statement<'_>, srs: &Srs) -> Vec<u8> {
    let genuine = fs::read(FILES.path("srs.bin")).unwrap();
    let forged = forge_srs(&genuine, &Hollow::new(statement, srs).shift(statement, srs));
    assert_eq!(forged.len(), genuine.len());
    assert_eq!(forged[..1 << 15], genuine[..1 << 15], "head and first powers are the genuine ones");
    forged
}

/// A proof of the lie, which the hollow circuit accepts.
fn lie(model: B256, context: B256) -> (Claim<Vec<u8>>, SettlementProof) {
    let rng = &mut rand::rng();
    let served = FILES.served("m", model);
    let statement = served.statement().unwrap();
    let input = INPUT.map(i64::from);
    let context = Digest(context.0);
    let inference = Prover::new(&served.model, &served.srs).unwrap().prove(context, &input, rng).unwrap();
    assert_eq!(inference.output(), [0, 0]);
    let (settler, weights) = (served.settler(&statement), served.model.key.digest());
    let honest = settler.settle(&inference, rng).unwrap();
    let assigned = served.keys.assign(&statement, weights, &inference);
    let claim = Claim { context, input: &input[..], output: &LIE };
    let hollow = Hollow::new(&statement, &served.srs);
    let proof = hollow.prove(&statement, weights, &claim, &honest, assigned.columns);
    (settler.statement.told(&claim), proof)
}

/// Commits to two samples with the numbers that a model should answer.
fn commit_set(attack: &Attack, options: &str, file: &str) -> String {
    for (name, width) in [("inputs.npy", INPUT.len()), ("targets.npy", LIE.len())] {
        let values = ndarray::ArrayD::from_elem(vec![2, width], 3.0);
        hallmark_proving::npy::write_floats(&attack.file(name), values.view()).unwrap();
    }
    let [inputs, targets, file] = ["inputs.npy", "targets.npy", file].map(|name| attack.file(name));
    format!("dataset commit --inputs {inputs} --targets {targets} -o {file} {options}")
}

fn input_file(attack: &Attack) -> String {
    let path = attack.file("x.npy");
    let values = ndarray::ArrayD::from_shape_vec(vec![4], INPUT.map(f32::from).to_vec()).unwrap();
    hallmark_proving::npy::write_floats(&path, values.view()).unwrap();
    path
}

#[tokio::test]
async fn nobody_pays_for_a_hollow_circuit_by_the_genuine_model_s_digest() {
    let attack = Attack::new().await;
    let World { market, .. } = attack.world;
    let [genuine, hollow] = &attack.digests;
    let (key, input) = (attack.file("m.key"), input_file(&attack));
    let request =
        format!("request {key} --market {market} --model-id {} --input {input} --fee 1gwei --for-tests", attack.hollow);
    let customer = attack.world.customer.address();
    let before = attack.world.customer.node.balance(customer).await.unwrap();
    for named in [format!("--digest {genuine}"), "--srs srs.bin".into(), format!("--digest {genuine} --srs srs.bin")] {
        attack.refuses(CUSTOMER, &format!("{request} {named}"), hollow);
    }
    assert_eq!(attack.world.customer.node.balance(customer).await.unwrap(), before, "nothing was paid");

    // Whoever names one digest, and has another derived, is not sure what it wants.
    let genuine_model = request.replace(&attack.hollow.to_string(), &attack.world.model.to_string());
    attack.refuses(CUSTOMER, &format!("{genuine_model} --digest {hollow} --srs srs.bin"), genuine);

    attack.possess().await;
    let rpc = attack.world.anvil.url();
    let offered = done(
        DEPLOYER,
        &format!(
            "offer --market {market} --model-id {} --name Digits --symbol DGT --for-sale 1000 --price 0.01ether \
             --minimum 1ether --closes-in 1h --holders-bps 1000 --tranche 10000:1wei:365d --rpc {rpc}",
            attack.hollow
        ),
    );
    let offering = text(&offered, "offering");
    for named in [format!("--digest {genuine}"), format!("--model-key {key} --srs srs.bin")] {
        let buy = format!("buy --yes --offering {offering} --pay 1ether --for-tests {named}");
        attack.refuses(RIVAL, &buy, hollow);
    }
    let node = attack.world.customer.node.clone();
    assert_eq!(node.balance(offering.parse().unwrap()).await.unwrap(), U256::ZERO, "nothing was paid");
}

#[tokio::test]
async fn a_key_file_of_another_model_is_refused_byte_for_byte() {
    let attack = Attack::new().await;
    let World { market, model, .. } = attack.world;
    done(DEPLOYER, &format!("export-key other.hallmark -o {}", attack.file("other.key")));
    let [genuine, _] = &attack.digests;
    let rest = format!("--input {} --fee 1gwei --for-tests --digest {genuine}", input_file(&attack));
    let request = format!("request {} --market {market} --model-id {model} {rest}", attack.file("other.key"));
    attack.refuses(CUSTOMER, &request, "key file");
}

#[tokio::test]
async fn an_answer_of_a_hollow_circuit_is_not_the_model_s() {
    let attack = Attack::new().await;
    let World { market, .. } = attack.world;
    let id = attack.sell().await;
    // The contract has paid for it: this is what its circuit accepts.
    assert_eq!(attack.world.request_of(id).await.state, FULFILLED);
    let [genuine, hollow] = &attack.digests;
    let answer = |rest: &str| format!("answer {id} --market {market} {rest}");
    attack.refuses(CUSTOMER, &answer(&format!("--digest {genuine}")), hollow);
    attack.refuses(CUSTOMER, &answer(&format!("--model-key {} --srs srs.bin", attack.file("m.key"))), hollow);
    let audit = format!(
        "audit {} --registry {} --market {market} --model-key {} --srs srs.bin --for-tests --rpc {}",
        attack.hollow,
        attack.world.registry,
        attack.file("m.key"),
        attack.world.anvil.url()
    );
    let (code, json) = say(RIVAL, &audit);
    let failed = |json: &Value| -> Vec<String> {
        let checks = json["checks"].as_array().unwrap().iter().filter(|check| check["verdict"] == "fail");
        checks.map(|check| text(check, "name")).collect()
    };
    assert!(code == 1 && failed(&json).contains(&"circuit".to_owned()), "{json:#}");
}

/// Every command that reads powers checks them: with these, the hollow key is what derivation gives.
#[tokio::test]
async fn shifted_powers_are_refused_by_every_command_that_reads_them() {
    const REASON: &str = "successive powers";
    let attack = Attack::new().await;
    let World { market, registry, .. } = attack.world;
    let [_, hollow_digest] = &attack.digests;
    let (key, input, forged) = (attack.file("m.key"), input_file(&attack), attack.file("forged.bin"));
    let hollow = attack.hollow;
    let id = attack.sell().await;
    let offline = |command: String| {
        let (code, json) = say(CUSTOMER, &command);
        assert!(code == 3 && said(&json).contains(REASON), "{command}: {json}");
    };

    // A settlement proof of the lie.
    let (_, proof) = lie(attack.world.model, B256::ZERO);
    let served = FILES.served("m", attack.world.model);
    let weights = B256::from(served.model.key.digest().0);
    let answer = Answer { context: Digest::ZERO, output: LIE.to_vec() };
    let receipt =
        Receipt { key: Digest(weights.0), size: 1, samples: 1, answer, proof: ReceiptProof::Settlement(proof) };
    write_receipt(&attack.file("lie.proof"), &receipt).unwrap();
    let verify = format!("verify {} --key {key} --input {input}", attack.file("lie.proof"));
    offline(format!("{verify} --srs {forged} --weight-digest {weights}"));
    offline(format!("{verify} --srs {forged} --digest {hollow_digest}"));
    // With the genuine powers it is not a proof.
    let (code, json) = say(CUSTOMER, &format!("{verify} --srs srs.bin --weight-digest {weights}"));
    assert!(code == 1 && text(&json, "reason").contains("does not hold"), "{json}");

    offline(format!("setup {key} --srs {forged} -o {}", attack.file("keys")));
    offline(format!("commit m.hallmark --srs {forged} -o {}", attack.file("n.hallmark")));
    offline(format!("prove m.hallmark --srs {forged} --input {input} -o {}", attack.file("n.proof")));
    // Rows that reach as far as the shifted powers.
    offline(commit_set(&attack, &format!("--srs {forged} --row-bits 12"), "n.dataset"));
    done(CUSTOMER, &commit_set(&attack, &format!("--srs srs.bin --key {key}"), "test.dataset"));
    let [set, set_key, score] = ["test.dataset", "test.set", "s.score"].map(|name| attack.file(name));
    let digest = text(&done(CUSTOMER, &format!("dataset export-key {set} -o {set_key}")), "data_set_digest");
    let prove = format!("score m.hallmark --dataset {set} --metric mae -o {score}");
    offline(format!("{prove} --srs {forged}"));
    done(CUSTOMER, &format!("{prove} --srs srs.bin --off-chain"));
    let [genuine, _] = &attack.digests;
    let verify = format!("verify-score {score} --key {key} --set {set_key} --digest {genuine} --set-digest {digest}");
    offline(format!("{verify} --srs {forged}"));
    done(CUSTOMER, &format!("{verify} --srs srs.bin"));
    let request =
        format!("request {key} --market {market} --model-id {hollow} --input {input} --fee 1gwei --for-tests");
    attack.refuses(CUSTOMER, &format!("{request} --srs {forged}"), REASON);
    attack.refuses(CUSTOMER, &format!("answer {id} --market {market} --model-key {key} --srs {forged}"), REASON);
    attack.refuses(RIVAL, &format!("buy --offering {market} --pay 1ether --model-key {key} --srs {forged}"), REASON);
    attack.refuses(DEPLOYER, &format!("register {key} --srs {forged} --registry {registry} --uri x"), REASON);
    let audit = format!("audit {hollow} --registry {registry} --market {market} --model-key {key} --for-tests");
    attack.refuses(RIVAL, &format!("{audit} --srs {forged}"), REASON);
    let serve = format!("serve m.hallmark --model-id {hollow} --market {market} --journal {}", attack.file("j"));
    attack.refuses(OPERATOR, &format!("{serve} --srs {forged}"), REASON);
}
