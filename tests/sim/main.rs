//! The seeded simulation of floor and acd. `TWINLINE_SEED=n` replays one seed; `TWINLINE_SEEDS=n` runs that many.

use std::sync::atomic::{AtomicU64, Ordering};
use twinline_core::floor::{Bug, Floor};
use twinline_tests::world::World;

/// Broken seeds after which no more are tried.
const BROKEN_LIMIT: u64 = 10;

struct Run {
    seed: u64,
    broken: Vec<String>,
    inputs: u64,
    contacts: usize,
    offers: u64,
    conversations: u64,
}

fn run(seed: u64, plant: fn(&mut Floor)) -> Run {
    let mut world = World::new(seed, plant);
    world.run();
    Run {
        seed,
        inputs: world.inputs,
        contacts: world.checker.contacts_seen(),
        offers: world.checker.offers,
        conversations: world.checker.conversations,
        broken: std::mem::take(&mut world.checker.broken),
    }
}

/// Runs seeds over all cores; stops soon after the first ones that break.
fn run_all(seeds: std::ops::Range<u64>, plant: fn(&mut Floor)) -> Vec<Run> {
    let next = AtomicU64::new(seeds.start);
    let broken = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let mut runs: Vec<Run> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut runs = Vec::new();
                    loop {
                        let seed = next.fetch_add(1, Ordering::Relaxed);
                        if seed >= seeds.end {
                            return runs;
                        }
                        let run = run(seed, plant);
                        if !run.broken.is_empty() && broken.fetch_add(1, Ordering::Relaxed) >= BROKEN_LIMIT {
                            next.store(seeds.end, Ordering::Relaxed);
                        }
                        runs.push(run);
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a run does not panic")).collect()
    });
    runs.sort_by_key(|run| run.seed);
    runs
}

fn report(run: &Run) -> String {
    format!("seed {} broke (replay with TWINLINE_SEED={}):\n  {}", run.seed, run.seed, run.broken.join("\n  "))
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn a_thousand_seeds_lose_no_contact_offer_nobody_twice_and_leave_no_leg_silent() {
    let seeds = match number("TWINLINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("TWINLINE_SEEDS").unwrap_or(1_000),
    };
    let many = seeds.end - seeds.start >= 1_000;
    let runs = run_all(seeds, |_| {});
    let broken: Vec<String> = runs.iter().filter(|run| !run.broken.is_empty()).map(report).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    let sum = |of: fn(&Run) -> u64| runs.iter().map(of).sum::<u64>();
    let (contacts, offers, talks) =
        (sum(|run| run.contacts as u64), sum(|run| run.offers), sum(|run| run.conversations));
    println!(
        "{} seeds, {} inputs, {contacts} contacts, {offers} offers, {talks} conversations",
        runs.len(),
        sum(|run| run.inputs)
    );
    // A world in which nothing happens would pass too.
    assert!(!many || (contacts > 10_000 && offers > 5_000 && talks > 3_000));
}

#[test]
fn an_agent_offered_twice_is_found_and_its_seed_printed() {
    let runs = run_all(0..200, |floor| floor.plant(Bug::OfferTwice));
    let broken = runs.iter().find(|run| !run.broken.is_empty()).expect("the planted fault is found");
    let report = report(broken);
    assert!(report.contains(&format!("TWINLINE_SEED={}", broken.seed)), "{report}");
    assert!(report.contains("while still being offered"), "{report}");
    println!("{report}");
    // The same seed breaks again, and is fine without the fault.
    assert_eq!(run(broken.seed, |floor| floor.plant(Bug::OfferTwice)).broken, broken.broken);
    assert_eq!(run(broken.seed, |_| {}).broken, Vec::<String>::new());
}
