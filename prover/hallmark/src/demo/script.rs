//! What happens, step by step. The lines are those of docs/walkthrough.md.

use super::attack::{Attack, Lie};

/// A step of the story.
pub(super) enum Step {
    /// What the narrator says.
    Say(&'static str),
    /// A command that somebody types, and the fields of its answer that later ones need, as variables.
    Type { line: &'static str, keep: &'static [(&'static str, &'static str)] },
    /// A command that a contract refuses, with an error of this name.
    Refuse { line: &'static str, error: &'static str },
    /// A lie that a contract refuses.
    Attack(Attack),
    /// What the verification of the answer costs, by part.
    Gas,
    /// From here on the whole story alone is told; or both are.
    FullStory(bool),
    /// Time passes, in seconds, and a block is made.
    Pass(u64),
}

const WEEK: u64 = 7 * 86_400;

/// A command whose answer nothing else needs.
const fn typed(line: &'static str) -> Step {
    Step::Type { line, keep: &[] }
}

/// A lie about $REQUEST while it is open.
const fn attack(what: &'static str, lie: Lie, error: &'static str) -> Step {
    Step::Attack(Attack { what, request: "REQUEST", lie, error })
}

/// The story.
pub(super) const SCRIPT: &[Step] = &[
    Step::Say(
        "\
The whole story, on a chain inside this program: nothing is sent anywhere. Every line after a dollar sign is one that you could
type yourself, against a node of your own: docs/walkthrough.md does. These are the keys of the first accounts of any node for
development, which everybody knows. Each has 10000 ether here.

$KEYS

THE MODEL

The operator has a $NETWORK that was trained on handwritten digits. It is compiled to integers, and its weights are committed
to: the model digest stands for this one model for good, and tells nothing of the weights. digits.key goes to everyone,
digits.hallmark stays with the operator. The setup is made here, so that whoever made it could prove anything: the contracts
are told that it is for tests, and every command that pays has to accept that. For anything of value, import a ceremony.",
    ),
    Step::Type {
        line: "hallmark compile digits.onnx --calibration calibration.npy -o digits.hallmark",
        keep: &[("SIZE", "srs_log_size")],
    },
    typed("hallmark srs new --insecure --log-size $SIZE -o srs.bin"),
    Step::Type { line: "hallmark commit digits.hallmark --srs srs.bin --batches 4", keep: &[("DIGEST", "model_digest")] },
    typed("hallmark export-key digits.hallmark -o digits.key"),
    Step::Say(
        "\
THE SALE

The contracts: what checks proofs, what pins models, what pays for answers. None has an owner. The model's settlement key, whose
digest is the model digest, is stored on the chain and pinned for good. A proof for the record shows that who registers the model
has it: the public key file is not enough for that.",
    ),
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$OPERATOR hallmark deploy --srs srs.bin --for-tests",
        keep: &[("REGISTRY", "registry"), ("MARKET", "market")],
    },
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$OPERATOR hallmark register digits.hallmark --srs srs.bin --registry $REGISTRY --uri ipfs://digits",
        keep: &[("MODEL", "model")],
    },
    Step::Say(
        "\
A thousand tokens for ten ether at most. A quarter of every fee is the holders'. The team gets 40% of the proceeds once the
holders have earned 0.1 ether, and the rest once they have 100: it is paid for what its buyers get.",
    ),
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$OPERATOR hallmark offer --market $MARKET --model-id $MODEL --name Digits --symbol DGT \
               --for-sale 1000 --price 0.01ether --minimum 2ether --closes-in 7d --holders-bps 2500 --tranche 4000:0.1ether:365d \
               --tranche 6000:100ether:730d",
        keep: &[("OFFERING", "offering"), ("TOKEN", "token"), ("TERMS", "terms")],
    },
    Step::FullStory(true),
    Step::Say("Buyers name the digests of the model and of the terms that they want. They pay twelve ether where ten are the cap."),
    typed(
        "HALLMARK_PRIVATE_KEY=$ALICE hallmark buy --yes --offering $OFFERING --pay 6ether --digest $DIGEST --terms $TERMS --for-tests",
    ),
    typed("HALLMARK_PRIVATE_KEY=$BOB hallmark buy --yes --offering $OFFERING --pay 6ether --digest $DIGEST --terms $TERMS --for-tests"),
    Step::Pass(WEEK),
    Step::Say(
        "A week passes. Both get five sixths of what they wanted. The rest of their ether was bound as long as the sale takes, so that \
               nobody takes most of one with ether that is there for a moment. Now it comes back: once.",
    ),
    typed("HALLMARK_PRIVATE_KEY=$ALICE hallmark claim --offering $OFFERING"),
    typed("HALLMARK_PRIVATE_KEY=$BOB hallmark claim --offering $OFFERING"),
    Step::Refuse { line: "HALLMARK_PRIVATE_KEY=$ALICE hallmark claim --offering $OFFERING", error: "NothingToClaim" },
    Step::FullStory(false),
    Step::Say(
        "\
AN ANSWER

A customer would like to know which digit this is, test image $IMAGE, a handwritten $LABEL:

$DRAWING
It pays into the market, for an answer of this model alone. The fee waits there for the proof.",
    ),
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$CUSTOMER hallmark request digits.key --market $MARKET --model-id $MODEL --digest $DIGEST \
               --input image.npy --fee 0.4ether --within 1h --for-tests",
        keep: &[("REQUEST", "request")],
    },
    Step::Say(
        "\
Whoever answers has to prove it. An operator would rather not run the model that it has sold, and others would like its fee. All
that they offer is made of a genuine proof for this very request.",
    ),
    attack("The answer of a cheaper model: half of the weights are zero, and a sound proof says what that model answers.", Lie::Weights, "ProofRejected"),
    attack("Another answer, with the proof of the true one.", Lie::Output, "ProofRejected"),
    attack("Another input: a picture of another digit.", Lie::Input, "InputMismatch"),
    attack("Another payee: whoever saw the proof offers it with an address of their own.", Lie::Payee, "ProofRejected"),
    attack("Another proof: one bit of a point is flipped.", Lie::Bit, "PointInvalid"),
    attack("The same proof in other bytes: the order of the group is added to a number.", Lie::Order, "ScalarNotReduced"),
    Step::Say(
        "\
The operator's service sees the request, runs the model, proves that this output is what the registered weights say about
this image, and settles it: the contract checks the proof, and shares the fee. Then it is stopped.",
    ),
    typed(
        "HALLMARK_PRIVATE_KEY=$SERVICE hallmark serve digits.hallmark --model-id $MODEL --srs srs.bin --market $MARKET \
         --journal digits.journal --poll 100",
    ),
    Step::Say(
        "The customer reads the answer off the chain. The market has checked the proof; this program checks it once more.",
    ),
    Step::Type {
        line: "hallmark answer $REQUEST --market $MARKET --model-key digits.key --srs srs.bin --digest $DIGEST",
        keep: &[("ANSWER", "argmax")],
    },
    Step::Say("So $ANSWER is proved to be the model's answer. This is what checking that costs on the chain:"),
    Step::Gas,
    Step::FullStory(true),
    Step::Say("Three quarters of the fee are the service's, once."),
    typed("HALLMARK_PRIVATE_KEY=$SERVICE hallmark claim --market $MARKET"),
    Step::Refuse { line: "HALLMARK_PRIVATE_KEY=$SERVICE hallmark claim --market $MARKET", error: "NothingToWithdraw" },
    Step::Say("The holders have earned 0.1 ether, and the first tranche of the proceeds depends on that: four of ten ether are the team's."),
    typed("HALLMARK_PRIVATE_KEY=$OPERATOR hallmark release --offering $OFFERING"),
    Step::Say(
        "\
A SHARE OF IT

One quarter is the holders'. Once a week anyone can have it fetched and divided, by who held how many tokens for how long.",
    ),
    Step::Pass(WEEK),
    typed("HALLMARK_PRIVATE_KEY=$ALICE hallmark revenue --token $TOKEN --snapshot"),
    Step::Say("Both have held half of the tokens all the time, and claim half of 0.1 ether each."),
    typed("HALLMARK_PRIVATE_KEY=$ALICE hallmark revenue --token $TOKEN --claim"),
    typed("HALLMARK_PRIVATE_KEY=$BOB hallmark revenue --token $TOKEN --claim"),
    Step::Say(
        "\
AN AUDIT

Anyone can check all of this with the addresses, the public key file and the setup: contracts byte for byte, the pinned key
recomputed, the proof of every settlement checked once more, from its transaction.",
    ),
    typed(
        "hallmark audit $MODEL --registry $REGISTRY --offering $OFFERING --model-key digits.key --srs srs.bin --digest $DIGEST \
         --for-tests",
    ),
    Step::FullStory(false),
    Step::Say(
        "\
MANY ANSWERS

The model was committed to with batches of four: one proof may answer four requests, for hardly more gas than one. Three customers
ask, each for itself. Two have the first image, and one another.",
    ),
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$CUSTOMER hallmark request digits.key --market $MARKET --model-id $MODEL --digest $DIGEST \
               --input image.npy --fee 0.1ether --within 1h --for-tests",
        keep: &[("FIRST", "request")],
    },
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$ALICE hallmark request digits.key --market $MARKET --model-id $MODEL --digest $DIGEST \
               --input other.npy --fee 0.1ether --within 1h --for-tests",
        keep: &[("OTHER", "request")],
    },
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$BOB hallmark request digits.key --market $MARKET --model-id $MODEL --digest $DIGEST \
               --input image.npy --fee 0.1ether --within 1h --for-tests",
        keep: &[("THIRD", "request")],
    },
    Step::Say("The service waits a moment for a fourth. Then it proves all three at once, and one transaction settles them."),
    typed(
        "HALLMARK_PRIVATE_KEY=$SERVICE hallmark serve digits.hallmark --model-id $MODEL --srs srs.bin --market $MARKET \
         --journal digits.journal --poll 100 --batch-wait 2s",
    ),
    Step::Say("Each customer finds its own answer in that transaction. The proof holds for all of them, or for none."),
    typed("hallmark answer $FIRST --market $MARKET --model-key digits.key --srs srs.bin --digest $DIGEST"),
    typed("hallmark answer $OTHER --market $MARKET --model-key digits.key --srs srs.bin --digest $DIGEST"),
    typed("hallmark answer $THIRD --market $MARKET --model-key digits.key --srs srs.bin --digest $DIGEST"),
    Step::Say(
        "\
ONCE MORE

The proof is on the chain for everybody to see. It is worth nothing a second time. The customer asks about the same image
again:",
    ),
    Step::Type {
        line: "HALLMARK_PRIVATE_KEY=$CUSTOMER hallmark request digits.key --market $MARKET --model-id $MODEL --digest $DIGEST \
               --input image.npy --fee 0.4ether --within 1h --for-tests",
        keep: &[("SECOND", "request")],
    },
    Step::Attack(Attack {
        lie: Lie::Replay,
        what: "The operator offers the proof of the first request for the second: same model, same image, same answer.",
        request: "SECOND",
        error: "ProofRejected",
    }),
    Step::Attack(Attack {
        lie: Lie::Replay,
        what: "It offers the proof for the first request once more, to be paid twice.",
        request: "REQUEST",
        error: "NotOpen",
    }),
    Step::FullStory(true),
    Step::Say("Nor is a fee given back that was paid out."),
    Step::Refuse {
        line: "HALLMARK_PRIVATE_KEY=$OPERATOR hallmark refund --market $MARKET --request $REQUEST",
        error: "NotOpen",
    },
    Step::Pass(3_600),
    Step::Say("An hour passes, and nobody has proved an answer to the second request. The customer's fee goes back."),
    typed("HALLMARK_PRIVATE_KEY=$CUSTOMER hallmark refund --market $MARKET --request $SECOND"),
    typed("HALLMARK_PRIVATE_KEY=$CUSTOMER hallmark claim --market $MARKET"),
];
