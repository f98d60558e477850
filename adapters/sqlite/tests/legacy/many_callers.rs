//! Many callers at once, and callers that leave.

use std::{sync::Arc, time::Duration};

use crate::shop::{SHOP, Shop, assign, opening, set};
use crosswalk_contract::{ErrorKind, Field, Key};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_writers_on_thirty_two_keys_of_one_user_lose_nothing() {
    let shop = Arc::new(Shop::with(SHOP, json!({ "table": "user", "pool": { "wait": "20s" } }), opening()));
    let writers = (0..32).map(|number| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.set("4711", &format!("k{number}"), &number.to_string()).await })
    });
    // Another program writes the same file meanwhile.
    let owner = shop.owner();
    owner.busy_timeout(Duration::from_secs(10)).unwrap();
    let other = tokio::task::spawn_blocking(move || {
        for number in 0..20 {
            owner.execute("UPDATE user SET \"order\" = ?1 WHERE no = 4712", [number]).unwrap();
        }
    });
    for writer in futures::future::join_all(writers).await {
        assert!(writer.unwrap().unwrap());
    }
    other.await.unwrap();
    let metadata = shop.text("SELECT metadata FROM user WHERE no = 4711").unwrap();
    let stored: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(stored.as_object().unwrap().len(), 33);
    assert!((0..32).all(|number| stored[format!("k{number}")] == number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_creates_of_one_user_make_one() {
    let shop = Arc::new(Shop::with(SHOP, json!({ "table": "user", "pool": { "wait": "20s" } }), opening()));
    let creates = (0..32).map(|_| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.create(&[("mail addr", "new@example.com".into())]).await })
    });
    let results: Vec<_> = futures::future::join_all(creates).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(|error| error.kind() == ErrorKind::Conflict));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_callers_that_leave_cost_the_next_one_nothing() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" } });
    let shop = Shop::with(SHOP, settings, opening());
    let ids = ["4711", "4712", "4714"];
    let (mut cancelled, mut random) = (0, 0x9E37_79B9_u64);
    for round in 0..1_000 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let left = Key::field("no", ids[round % 3]);
        cancelled += usize::from(leave_after(random >> 33, shop.get(&left)).await.is_none());
        let asked = ids[(round + 1) % 3];
        let user = shop.get(&Key::field("no", asked)).await.unwrap().unwrap();
        assert!(user.get("no") == Some(&Field::I64(asked.parse().unwrap())), "another caller's row");
    }
    assert!(cancelled > 50, "only {cancelled} calls were cancelled, so this proves little");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_caller_leaves_is_whole_or_absent() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" } });
    let shop = Shop::with(SHOP, settings, opening());
    shop.owner().pragma_update(None, "journal_mode", "wal").unwrap();
    let (mut cancelled, mut written) = (0, 0);
    for round in 0..200_u64 {
        let mut patch = set("round", &round.to_string());
        patch.fields.push(assign("order", round.to_string()));
        let key = Key::field("no", "4711");
        let write = shop.adapter.change_metadata().unwrap().change_metadata(&key, &patch);
        cancelled += usize::from(leave_after(round * 7, write).await.is_none());
        let user = shop.get(&key).await.unwrap().unwrap();
        let metadata: serde_json::Value =
            serde_json::from_str(user.get("metadata").unwrap().as_text().unwrap()).unwrap();
        let order = user.get("order").unwrap().as_text().unwrap();
        match metadata.get("round") {
            None => assert_eq!(order, "first"),
            Some(stored) => assert_eq!(order, stored.to_string(), "both columns are of one write"),
        }
        written += usize::from(order == round.to_string());
    }
    assert!(cancelled > 0 && written > 0, "{cancelled} cancelled, {written} written");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_beyond_the_pool_are_told_that_it_is_busy() {
    let settings = json!({ "table": "user", "busy_timeout": "1s", "pool": { "max_size": 1, "wait": "50ms" } });
    let shop = Arc::new(Shop::with(SHOP, settings, opening()));
    let owner = shop.owner();
    owner.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let first = tokio::spawn({
        let shop = shop.clone();
        async move { shop.get(&Key::field("no", "4711")).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let second = shop.get(&Key::field("no", "4711")).await.unwrap_err();
    assert_eq!((second.kind(), second.code_name()), (ErrorKind::Unavailable, "busy"));
    owner.execute_batch("ROLLBACK").unwrap();
    assert!(first.await.unwrap().unwrap().is_some());
    assert!(shop.get(&Key::field("no", "4711")).await.unwrap().is_some());
}

/// Waits for the call for up to a moment that differs from time to time, and then leaves. Timers are too coarse: most
/// calls are answered within their first millisecond.
async fn leave_after<T>(moment: u64, call: impl Future<Output = T>) -> Option<T> {
    let patience = async {
        for _ in 0..moment % 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        answer = call => Some(answer),
        () = patience => None,
    }
}
