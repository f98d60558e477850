//! Many callers at once, and callers that leave.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crosswalk_contract::{ErrorKind, Field, Key};
use mysql_async::prelude::Queryable;
use serde_json::json;

use crate::shop::{SHOP, Shop, assign, id, opening, set};

pub async fn thirty_two_writers_on_thirty_two_keys_of_one_user_lose_nothing() {
    for engine in ["InnoDB", "MyISAM"] {
        let sql = format!("{SHOP} ALTER TABLE user ENGINE={engine}");
        let shop = Arc::new(Shop::with(&sql, json!({ "table": "user", "pool": { "wait": "20s" } }), opening()).await);
        let writers = (0..32).map(|number| {
            let shop = shop.clone();
            tokio::spawn(async move {
                // Without transactions a writer may be told, rarely, that others were always faster.
                loop {
                    match shop.set("4711", &format!("k{number}"), &number.to_string()).await {
                        Err(error) if error.kind() == ErrorKind::Unavailable && engine == "MyISAM" => {}
                        other => return other,
                    }
                }
            })
        });
        // Another program writes the same table meanwhile.
        let mut owner = shop.owner().await;
        let other = tokio::spawn(async move {
            for number in 0..20 {
                owner.exec_drop("UPDATE user SET `order` = ? WHERE no IN (4711, 4712)", (number,)).await.unwrap();
            }
        });
        for writer in futures::future::join_all(writers).await {
            assert!(writer.unwrap().unwrap());
        }
        other.await.unwrap();
        let metadata = shop.text("SELECT metadata FROM user WHERE no = 4711").await.unwrap();
        let stored: serde_json::Value = serde_json::from_str(&metadata).unwrap();
        assert_eq!(stored.as_object().unwrap().len(), 33, "{engine}");
        assert!((0..32).all(|number| stored[format!("k{number}")] == number));
    }
}

pub async fn thirty_two_creates_of_one_user_make_one() {
    let shop = Arc::new(Shop::with(SHOP, json!({ "table": "user", "pool": { "wait": "20s" } }), opening()).await);
    let creates = (0..32).map(|_| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.create(&[("mail addr", "new@example.com".into())]).await })
    });
    let results: Vec<_> = futures::future::join_all(creates).await.into_iter().map(Result::unwrap).collect();
    let made = shop.text("SELECT CAST(count(*) AS CHAR) FROM user WHERE `mail addr` = 'new@example.com'").await;
    assert_eq!(made.unwrap(), "1");
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for error in results.iter().flat_map(|result| result.as_ref().err()) {
        assert!(matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Unavailable), "{error}");
    }
}

pub async fn a_thousand_callers_that_leave_cost_the_next_one_nothing() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" } });
    let shop = Shop::with(SHOP, settings, opening()).await;
    let ids = ["4711", "4712", "4714"];
    for no in ids {
        assert!(shop.get(&Key::field("no", no)).await.unwrap().is_some(), "the statement is prepared");
    }
    let (mut cancelled, mut random, mut usual) = (0, Random(0x9E37_79B9), Duration::ZERO);
    for round in 0..20_000 {
        let left = Key::field("no", ids[round % 3]);
        cancelled += usize::from(leave_after(random.up_to(usual * 2), shop.get(&left)).await.is_none());
        // Most of those who leave do so on a warm statement, and some in the middle of connecting.
        for next in 1..=1 + round % 3 {
            let asked = ids[(round + next) % 3];
            let begun = Instant::now();
            let user = shop.get(&Key::field("no", asked)).await.unwrap().unwrap();
            usual = (usual * 7 + begun.elapsed()) / 8;
            assert!(user.get("no") == Some(&Field::I64(asked.parse().unwrap())), "another caller's row");
        }
        if cancelled == 1_000 {
            return;
        }
    }
    panic!("only {cancelled} calls were cancelled, so this proves little");
}

pub async fn a_write_whose_caller_leaves_is_whole_or_absent() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" } });
    let shop = Shop::with(SHOP, settings, opening()).await;
    let (mut cancelled, mut written, mut random) = (0, 0, Random(0x2545_F491));
    let begun = Instant::now();
    for _ in 0..8 {
        assert!(shop.set("4712", "a", &format!("{:?}", begun.elapsed().as_nanos())).await.unwrap());
    }
    let usual = begun.elapsed() / 8;
    for round in 0..300_u64 {
        let mut patch = set("round", &round.to_string());
        patch.fields.push(assign("order", round.to_string()));
        let key = Key::field("no", "4711");
        let write = shop.adapter.change_metadata().unwrap().change_metadata(&key, &patch);
        let left = leave_after(random.up_to(usual * 3), write).await.is_none();
        cancelled += usize::from(left);
        // Waits for the lock, so a write that was begun is over.
        let row =
            shop.text("SELECT concat(`order`, '|', metadata) FROM user WHERE no = 4711 FOR UPDATE").await.unwrap();
        let (order, metadata) = row.split_once('|').unwrap();
        let metadata: serde_json::Value = serde_json::from_str(metadata).unwrap();
        match metadata.get("round") {
            None => assert_eq!(order, "first"),
            Some(stored) => assert_eq!(order, stored.to_string(), "both columns are of one write"),
        }
        assert!(left || order == round.to_string(), "what was answered is written");
        written += usize::from(order == round.to_string());
    }
    assert!(cancelled > 0 && written > 0, "{cancelled} cancelled, {written} written");
}

pub async fn a_caller_that_leaves_in_a_transaction_leaves_no_lock_behind() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" } });
    let shop = Shop::with(SHOP, settings, opening()).await;
    let mut owner = shop.owner().await;
    owner.query_drop("START TRANSACTION; SELECT * FROM user WHERE no = 4712 FOR UPDATE").await.unwrap();
    let patch = set("a", "1");
    let key = Key::field("no", "4712");
    let waiting = shop.adapter.change_metadata().unwrap().change_metadata(&key, &patch);
    assert!(tokio::time::timeout(Duration::from_millis(200), waiting).await.is_err());
    owner.query_drop("COMMIT").await.unwrap();
    assert!(shop.set("4712", "b", "2").await.unwrap());
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4712").await.unwrap(), "{\"b\":2}");
}

pub async fn a_hundred_callers_on_a_pool_of_eight_are_all_served() {
    let shop = Arc::new(Shop::new().await);
    let callers = (0..100).map(|_| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.get(&Key::field("no", "4711")).await })
    });
    for caller in futures::future::join_all(callers).await {
        assert!(caller.unwrap().unwrap().is_some());
    }
}

pub async fn callers_beyond_the_pool_are_told_that_it_is_busy() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "50ms" } });
    let shop = Arc::new(Shop::with(SHOP, settings, opening()).await);
    let mut owner = shop.owner().await;
    owner.query_drop("LOCK TABLES user WRITE").await.unwrap();
    let first = tokio::spawn({
        let shop = shop.clone();
        async move { shop.get(&Key::field("no", "4711")).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let second = shop.get(&Key::field("no", "4711")).await.unwrap_err();
    assert_eq!((second.kind(), second.code_name()), (ErrorKind::Unavailable, "busy"));
    owner.query_drop("UNLOCK TABLES").await.unwrap();
    assert!(first.await.unwrap().unwrap().is_some());
    assert!(shop.get(&Key::field("no", "4711")).await.unwrap().is_some());
}

pub async fn changes_that_block_each_other_are_tried_again() {
    let sql = "CREATE TABLE t (no INT PRIMARY KEY, other INT, metadata TEXT, KEY (other));
               INSERT INTO t SELECT seq, seq % 3, '{}' FROM seq_1_to_60";
    let shop = Arc::new(Shop::with(sql, json!({ "table": "t", "pool": { "wait": "20s" } }), id(&["no"])).await);
    // Takes the same locks in the other order, all the time.
    let mut owner = shop.owner().await;
    let other = tokio::spawn(async move {
        for _ in 0..60 {
            let _ =
                owner.query_drop("START TRANSACTION; UPDATE t SET other = other + 1 ORDER BY no DESC; COMMIT").await;
        }
    });
    let writers = (1..=60).map(|number| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.set(&number.to_string(), "k", "1").await })
    });
    for writer in futures::future::join_all(writers).await {
        assert!(writer.unwrap().unwrap());
    }
    other.await.unwrap();
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM t WHERE metadata = '{\"k\":1}'").await.unwrap(), "60");
}

/// Waits for the call for that long, and then leaves. Timers count in milliseconds, in which a call is long over.
async fn leave_after<T>(patience: Duration, call: impl Future<Output = T>) -> Option<T> {
    let begun = Instant::now();
    let patience = async {
        while begun.elapsed() < patience {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        answer = call => Some(answer),
        () = patience => None,
    }
}

struct Random(u64);

impl Random {
    fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64((self.0 >> 11) as f64 / (1_u64 << 53) as f64)
    }
}
