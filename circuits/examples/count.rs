use hallmark_circuits::{codec::PublishedKey, settlement::verifier, verifier::statement::Statement};
fn main() {
    for name in std::env::args().skip(1) {
        let key = PublishedKey::from_bytes(
            &std::fs::read(&name).unwrap()[std::env::var("SKIP").map_or(0, |s| s.parse().unwrap())..],
        )
        .unwrap();
        let s = Statement::new(&key.key.architecture).unwrap();
        let p = verifier::record(&s).unwrap();
        let w = verifier::wire(&s).unwrap();
        let l = &s.layout;
        println!(
            "{name}: b {} c {} w {} e {} rounds {}+{} products {}",
            l.row_bits,
            l.cell_bits,
            l.weight_bits,
            l.entry_bits,
            s.main_rounds(),
            s.merge_rounds(),
            s.products().count()
        );
        println!(
            "  operations {} permutations {} rows {} wires {} published {}",
            p.operations.len(),
            p.permutations.len(),
            w.rows.len(),
            w.wires.len(),
            w.published.len()
        );
        let c = w.rows.iter().filter(|r| r.inputs[2].is_some()).count();
        let t = hallmark_circuits::settlement::table::Table::new(&w, verifier::GIVEN);
        println!("  height {}", t.height());
        println!("  with addend {c}; total 66x: {}", 66 * p.permutations.len() + w.rows.len());
    }
}
