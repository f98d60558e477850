//! Asking an engine for users as fast as it answers.

use std::time::{Duration, Instant};

use crosswalk::engine::{By, Engine};

use crate::{cores::Cores, store::CONNECTION};

/// How many ask at a time, here and at the rivals.
pub(crate) const CALLERS: u64 = 16;
/// How long each measurement takes.
pub(crate) const TIME: Duration = Duration::from_secs(3);

/// Meets everybody once who will be asked for: the index of users is written at the first sight of each.
pub(crate) async fn warm(engine: Engine, users: u64) {
    for number in 1..=users {
        let email = format!("user{number}@example.com");
        assert!(engine.get_user(CONNECTION, By::Email, &email).await.unwrap().is_some());
    }
}

/// Look-ups per second.
pub(crate) fn look_ups(cores: &Cores, engine: &Engine, users: u64) -> f64 {
    let start = Instant::now();
    let done = cores.all(CALLERS, |caller| {
        let engine = engine.clone();
        async move {
            let (mut done, mut random) = (0_u64, 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(caller + 1));
            while start.elapsed() < TIME {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let email = format!("user{}@example.com", (random >> 33) % users + 1);
                assert!(engine.get_user(CONNECTION, By::Email, &email).await.unwrap().is_some());
                done += 1;
            }
            done
        }
    });
    done.iter().sum::<u64>() as f64 / start.elapsed().as_secs_f64()
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
