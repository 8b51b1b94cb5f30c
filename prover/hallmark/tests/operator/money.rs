//! Nothing is paid before all that can be checked has been checked, and agreed to.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, U256};
use hallmark_chain::{
    chain::VERIFY_GAS,
    node::{
        Account,
        contracts::{market::InferenceMarket::creditCall, registry::ModelRegistry::VERIFY_GASCall},
    },
};
use hallmark_circuits::model::Weights;
use hallmark_proving::{
    artifact::{Model, write_model},
    proving::commit,
    srs::Srs,
};
use hallmark_testing::circuit::small;
use serde_json::{Value, json};

use crate::{
    audit::Sold,
    program::{done, hallmark, say, text},
    purpose::INPUT,
    world::{CUSTOMER, DEPLOYER, FEE, OPERATOR, RIVAL, World, at},
};

/// What an account has: its ether, and how many transactions it has sent.
async fn standing(account: &Account) -> (U256, u64) {
    let address = account.address();
    (account.node.balance(address).await.unwrap(), account.node.nonce(address).await.unwrap())
}

/// A command is refused with these words, and sends nothing.
async fn assert_unpaid(world: &World, account: usize, command: &str, code: i32, words: &[&str]) {
    let sender = world.anvil.account(account).await;
    let before = standing(&sender).await;
    let (found, json) = say(account, command);
    let told = text(&json, "error");
    assert!(found == code && words.iter().all(|part| told.contains(part)), "{command}: {json}");
    assert_eq!(standing(&sender).await, before, "{command}");
}

/// An input file, and the words of a request for it.
fn request(world: &World, model: &str) -> String {
    let (key, input) = (at(world.folder.path(), "m.key"), at(world.folder.path(), "x.npy"));
    done(CUSTOMER, &format!("export-key m.hallmark -o {key} --force"));
    let values = ndarray::ArrayD::from_shape_vec(vec![4], INPUT.map(f32::from).to_vec()).unwrap();
    hallmark_proving::npy::write_floats(&input, values.view()).unwrap();
    let (market, rpc) = (world.market, world.anvil.url());
    format!(
        "request {key} --market {market} --model-id {model} --srs srs.bin --input {input} --fee 1gwei --for-tests --rpc {rpc}"
    )
}

#[tokio::test]
async fn a_request_for_a_model_that_is_not_listed_says_what_to_do() {
    let world = World::new(&[]).await;
    let rpc = world.anvil.url();
    let register =
        format!("register m.hallmark --srs srs.bin --registry {} --uri unlisted --rpc {rpc}", world.registry);
    let model = text(&done(RIVAL, &register), "model");
    let hidden = at(world.folder.path(), "hidden.bin");
    let request = format!("{} --hashed -o {hidden}", request(&world, &model));
    assert_unpaid(&world, CUSTOMER, &request, 1, &["NotListed: ", "takes no requests", "hallmark offer"]).await;
    assert!(!Path::new(&hidden).exists(), "an input for no request");
}

/// What the registry would refuse is found out before the key is paid for.
#[tokio::test]
async fn a_registration_that_would_fail_pays_for_no_key() {
    let world = World::new(&[]).await;
    let (registry, model, rpc) = (world.registry, world.model, world.anvil.url());
    let register = format!("register other.hallmark --srs srs.bin --registry {registry} --rpc {rpc}");
    let foreign = format!("{register} --predecessor {model}");
    assert_unpaid(&world, RIVAL, &foreign, 1, &["only this account may name a successor", "Nothing was sent"]).await;
    let unknown = format!("{register} --predecessor 0x{}", "44".repeat(32));
    assert_unpaid(&world, RIVAL, &unknown, 1, &["UnknownModel: the registry has no model 0x4444"]).await;
    // A registry of another setup would not take the key.
    let srs = at(world.folder.path(), "other.bin");
    Srs::insecure(12, &mut rand::rng()).write(&srs).unwrap();
    let elsewhere = text(&done(DEPLOYER, &format!("deploy --srs {srs} --for-tests --rpc {rpc}")), "registry");
    let register = register.replace(&registry.to_string(), &elsewhere);
    assert_unpaid(&world, RIVAL, &register, 1, &["the registry is for another setup"]).await;
    // The deployer has registered the predecessor, and may.
    assert_eq!(done(DEPLOYER, &foreign)["was_registered"], false);
}

/// The smallest model with so many inputs that a verification of it takes more gas than a registry gives.
fn write_giant(folder: &Path) -> PathBuf {
    let mut giant = small();
    let inputs = 1 << 18;
    (giant.input.shape, giant.input.axes) = (vec![inputs], vec![inputs]);
    giant.weights[0].axes = vec![2, inputs];
    giant.steps[0].terms[0].summed = vec![inputs];
    let srs = Srs::insecure(14, &mut rand::rng());
    srs.write(&folder.join("giant.bin")).unwrap();
    let model = commit(giant, Weights(vec![vec![0; 2 * inputs]]), &srs, &mut rand::rng()).unwrap();
    let path = folder.join("giant.hallmark");
    write_model(&path, &Model::from_committed(model)).unwrap();
    path
}

/// Who registers it would pay for a model whose answers nobody can ever be paid for.
#[tokio::test]
async fn a_model_whose_proofs_can_t_settle_is_not_registered() {
    let world = World::new(&[]).await;
    let (folder, rpc) = (world.folder.path(), world.anvil.url());
    let (giant, srs) = (write_giant(folder), at(folder, "giant.bin"));
    let deployed = done(DEPLOYER, &format!("deploy --srs {srs} --for-tests --rpc {rpc}"));
    let registry = text(&deployed, "registry");
    let register = format!("register {} --srs {srs} --registry {registry} --rpc {rpc}", giant.display());
    let words =
        ["no proof of this model can settle", "a verification in a registry", "may take 10000000", "Nothing was sent"];
    assert_unpaid(&world, RIVAL, &register, 1, &words).await;
}

/// An offering that its market would not list is not deployed.
#[tokio::test]
async fn an_offering_that_would_not_be_listed_is_not_paid_for() {
    let sold = Sold::new().await;
    let World { registry, market, model, .. } = &sold.world;
    let rpc = sold.world.anvil.url();
    let terms = "--name D --symbol D --for-sale 1000 --price 0.01ether --minimum 1ether --closes-in 1h --holders-bps 1000 \
                 --tranche 10000:1wei:365d";
    let offer = |model: &str| format!("offer --market {market} --model-id {model} {terms} --rpc {rpc}");
    assert_unpaid(&sold.world, DEPLOYER, &offer(&model.to_string()), 1, &["AlreadyListed: ", "for good"]).await;
    assert_unpaid(&sold.world, RIVAL, &offer(&model.to_string()), 1, &["NotRegistrant: ", "Use its key"]).await;
    // A key alone shows no possession.
    let key = sold.file("other.key");
    let registered = done(DEPLOYER, &format!("register {key} --srs srs.bin --registry {registry} --rpc {rpc}"));
    assert_eq!(registered["possession_proven"], false);
    let offer = offer(&text(&registered, "model"));
    assert_unpaid(&sold.world, DEPLOYER, &offer, 1, &["PossessionUnproven: ", "hallmark register"]).await;
}

#[tokio::test]
async fn nobody_buys_without_agreeing() {
    let sold = Sold::new().await;
    let buy = format!("buy {} --pay 2ether --digest {} --for-tests", sold.at(), sold.digest);
    assert_unpaid(&sold.world, RIVAL, &buy, 2, &["--yes"]).await;
    let rival = sold.world.anvil.account(RIVAL).await;
    let before = standing(&rival).await;
    for (typed, code) in [("\n", 1), ("n\n", 1), ("maybe\n", 1), ("y\n", 0)] {
        assert_eq!(standing(&rival).await, before, "nothing is sent before somebody agrees");
        let (found, screen) = terminal::ask(hallmark(RIVAL, &buy), typed);
        assert_eq!(found, code, "{typed:?}: {screen}");
        for part in
            ["price of a token", "0.01 ether", " UTC", "of the proceeds for the team", "Pay 2 ether by these terms?"]
        {
            assert!(screen.contains(part), "{part}: {screen}");
        }
        // Names of the chain do not steer the terminal.
        assert!(!screen.contains('\u{1b}'), "{screen:?}");
    }
    assert_eq!(standing(&rival).await.1, before.1 + 1);
    assert_eq!(done(RIVAL, &format!("{buy} --yes"))["tokens"], "400");
    // Nobody is asked to agree to what the offering would refuse.
    sold.world.anvil.ask("evm_increaseTime", json!([4000])).await;
    sold.world.mine(1).await;
    assert_unpaid(&sold.world, RIVAL, &buy, 1, &["WrongState: the sale is over, and it succeeded"]).await;
}

#[tokio::test]
async fn what_is_owed_is_paid_to_another_account_when_its_owner_says_so() {
    let sold = Sold::new().await;
    sold.settle(&[INPUT]).await;
    let (market, rpc) = (sold.world.market, sold.world.anvil.url());
    let node = sold.world.customer.node.clone();
    let operator = sold.world.anvil.account(OPERATOR).await.address();
    let to = Address::repeat_byte(0x51);
    let claim = format!("claim --market {market} --to {to} --rpc {rpc}");
    // Whoever is owed nothing gets nothing for another.
    assert_unpaid(&sold.world, RIVAL, &claim, 1, &["NothingToWithdraw: the market owes 0x"]).await;
    let paid = done(OPERATOR, &claim);
    let fee = U256::from(FEE - FEE / 10);
    assert_eq!((text(&paid, "owner"), text(&paid, "to")), (operator.to_string(), to.to_string()));
    assert_eq!((text(&paid, "paid_wei"), node.balance(to).await.unwrap()), (fee.to_string(), fee));
    assert_eq!(node.view(market, &creditCall { account: operator }).await.unwrap(), U256::ZERO);
    for conflict in [format!("claim {} --to {to}", sold.at()), format!("{claim} --for {to}")] {
        assert_eq!(say(OPERATOR, &conflict).0, 2, "{conflict}");
    }
    // A sale that fails pays all back, where the buyer says.
    done(RIVAL, &format!("buy {} --yes --pay 0.5ether --digest {} --for-tests", sold.at(), sold.digest));
    sold.world.anvil.ask("evm_increaseTime", json!([4000])).await;
    sold.world.mine(1).await;
    let back = Address::repeat_byte(0x52);
    let refunded = done(RIVAL, &format!("refund {} --to {back}", sold.at()));
    assert_eq!(text(&refunded, "to"), back.to_string());
    assert_eq!(node.balance(back).await.unwrap().to_string(), text(&refunded, "amount_wei"));
}

/// What is shown needs no key, and has times, amounts and states in words.
fn shown(command: &str) -> (Value, String) {
    let told = |flag: &str| {
        let mut command = hallmark(RIVAL, &format!("{command} {flag}"));
        let output = command.env_remove("HALLMARK_PRIVATE_KEY").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    (serde_json::from_str(&told("--json")).unwrap(), told(""))
}

#[tokio::test]
async fn a_request_is_shown_without_a_key() {
    let sold = Sold::new().await;
    let (market, rpc) = (sold.world.market, sold.world.anvil.url());
    let id = sold.world.order(&sold.world.ask_for(&INPUT, 60).await, &INPUT, FEE).await;
    let show = format!("request show {id} --market {market} --rpc {rpc}");
    let look = |state: &str, words: &str| {
        let (json, told) = shown(&show);
        assert_eq!(json["state"], state, "{json}");
        assert!(told.contains(words) && told.contains(" UTC") && told.contains("0.000000000001 ether"), "{told}");
        assert_eq!(text(&json, "customer"), sold.world.customer.address().to_string());
    };
    look("open", "state     open");
    sold.world.anvil.ask("evm_increaseTime", json!([100])).await;
    sold.world.mine(1).await;
    look("expired", &format!("hallmark refund --market {market} --request {id}"));
    done(RIVAL, &format!("refund --market {market} --request {id} --rpc {rpc}"));
    look("refunded", "state     refunded");
    let settled = sold.settle(&[INPUT]).await[0];
    let (json, told) = shown(&show.replace(&id.to_string(), &settled.to_string()));
    assert!(json["state"] == "fulfilled" && told.contains("answered and paid"), "{told}");
    let (code, json) = say(RIVAL, &show.replace(&id.to_string(), &format!("0x{}", "33".repeat(32))));
    assert!(code == 1 && text(&json, "error").contains("no such request"), "{json}");
    // The same, where the market is named by a variable.
    let mut command = hallmark(RIVAL, &format!("request show {id} --rpc {rpc}"));
    assert!(command.env("HALLMARK_MARKET", market.to_string()).output().unwrap().status.success());
}

#[tokio::test]
async fn a_sale_is_shown_without_a_key() {
    let sold = Sold::new().await;
    let show = format!("offering show {}", sold.at().replace("--offering ", ""));
    done(RIVAL, &format!("buy {} --yes --pay 2.5ether --digest {} --for-tests", sold.at(), sold.digest));
    let (json, told) = shown(&show);
    assert_eq!((text(&json, "state"), text(&json, "raised_wei")), ("open".into(), "2500000000000000000".into()));
    assert_eq!((text(&json, "sold"), &json["tranches"][0]["state"]), ("250".into(), &json!("waits")));
    for part in ["sale      open", "raised    2.5 ether; the minimum is 1 ether, the cap 10 ether", "tranche 0", " UTC"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    sold.world.anvil.ask("evm_increaseTime", json!([4000])).await;
    sold.world.mine(1).await;
    let (json, told) = shown(&show);
    assert_eq!(text(&json, "state"), "succeeded");
    assert!(told.contains("it succeeded") && !told.contains("000000 ether"), "{told}");
}

/// The program's constant is the contract's.
#[tokio::test]
async fn the_cap_of_a_verification_is_the_registry_s() {
    let sold = Sold::new().await;
    let node = sold.world.customer.node.clone();
    let cap = node.view(sold.world.registry, &VERIFY_GASCall {}).await.unwrap();
    assert_eq!(cap, U256::from(VERIFY_GAS));
}

/// A terminal for a command's questions.
#[cfg(unix)]
mod terminal {
    use std::{
        ffi::OsStr,
        fs::File,
        io::{Read, Write},
        os::unix::ffi::OsStrExt,
        process::{Command, Stdio},
        thread,
    };

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    /// What a command ends with and shows, where somebody types this.
    pub(super) fn ask(mut command: Command, typed: &str) -> (i32, String) {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&controller).unwrap();
        unlockpt(&controller).unwrap();
        let name = ptsname(&controller, Vec::new()).unwrap();
        let open = || File::options().read(true).write(true).open(OsStr::from_bytes(name.to_bytes())).unwrap();
        let mut child = command.stdin(open()).stderr(open()).stdout(Stdio::null()).spawn().unwrap();
        // The command, and with it this process's handles of the terminal, have to be gone for reading to end.
        drop(command);
        let mut controller = File::from(controller);
        controller.write_all(typed.as_bytes()).unwrap();
        let reader = thread::spawn(move || {
            let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
            // A terminal without anybody at its other end is an error to read from.
            while let Ok(count @ 1..) = controller.read(&mut buffer) {
                bytes.extend_from_slice(&buffer[..count]);
            }
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let code = child.wait().unwrap().code().unwrap();
        (code, reader.join().unwrap())
    }
}
