//! The demo as text.

use std::fmt::Write;

use super::{Digest, Lie, Market, Seconds, Truth, drawing::draw};
use hallmark_chain::chain::GasReport;
use hallmark_reports::number::grouped;

/// What there is to tell.
pub(super) struct Story<'d> {
    pub(super) truth: Truth<'d>,
    pub(super) market: &'d Market,
    pub(super) gas: &'d GasReport,
    pub(super) seconds: Seconds,
    pub(super) lies: &'d [Lie],
}

impl Story<'_> {
    pub(super) fn tell(&self, model: &str) -> String {
        let parts = [self.registration(model), self.answer(), self.settlement(), self.lies()];
        parts.concat()
    }

    fn registration(&self, model: &str) -> String {
        let Seconds { compile, commit, setup, .. } = self.seconds;
        let Market { verifier, key, registered, .. } = self.market;
        format!(
            "\
1. Compiled the {model} to integers in {}, and committed to its weights in {}. The weight digest is
   {}
2. Derived the keys of its settlement circuit, which has {} rows, in {}. Anyone can, without the weights.
3. On a chain inside this program: the verifier of all models ({} bytes, {} gas), and the model's key ({} bytes,
   {} gas). The operator registers the digest of that key, the model digest, which covers the weight digest:
   {}
",
            time(compile),
            time(commit),
            Digest(self.truth.answered.public.key),
            self.truth.keys.height(),
            time(setup),
            verifier.deployment.bytes,
            grouped(verifier.deployment.gas),
            key.bytes,
            grouped(key.gas),
            Digest(registered.digest),
        )
    }

    fn answer(&self) -> String {
        let Seconds { prove, settle, .. } = self.seconds;
        let purpose = &self.market.purpose;
        format!(
            "\
4. A customer offers payment for an answer, request {}: which digit is test image {}, a handwritten {}?

{}
   The model answers {}. The proof that it does took {}, and to make it one that a contract checks and that hides
   the weights took {}. It names the request and the payee, {}.
",
            purpose.request,
            self.truth.sample.number,
            self.truth.sample.label,
            draw(&self.truth.sample.pixels),
            self.truth.answered.answer.argmax(),
            time(prove),
            time(settle),
            purpose.payee,
        )
    }

    fn settlement(&self) -> String {
        let mut text = format!(
            "5. The contract checks the {} bytes of the proof, here in {}: ACCEPTED, for {} gas.\n\n",
            self.truth.proof.to_bytes().len(),
            time(self.seconds.verify),
            grouped(self.gas.transaction)
        );
        for (part, gas) in self.gas.parts() {
            add_line(&mut text, &format!("   {:>9}  {part}", grouped(gas)));
        }
        text.push('\n');
        text
    }

    fn lies(&self) -> String {
        let mut text = String::from("6. Lies, and what the contract says to them:\n");
        for lie in self.lies {
            add_line(&mut text, &format!("\n   {}\n   REFUSED  {}", lie.what, lie.refusal));
            if let Some(refusal) = &lie.relabelled {
                add_line(
                    &mut text,
                    &format!("   and where the proof is offered under the registered key\n   REFUSED  {refusal}"),
                );
            }
        }
        text
    }
}

fn add_line(text: &mut String, line: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{line}");
}

fn time(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.0} ms", 1e3 * seconds) } else { format!("{seconds:.1} s") }
}
