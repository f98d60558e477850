//! Many callers at once, and callers that leave.

use std::{sync::Arc, time::Duration};

use crosswalk_contract::{ErrorKind, Field, Key};
use futures::{StreamExt, future::join_all};
use serde_json::json;

use crate::{
    server::Place,
    shop::{SHOP, Shop, assign, laws, opening, set},
};

laws![
    thirty_two_writers_on_thirty_two_keys_of_one_user_lose_nothing,
    thirty_two_creates_of_one_user_make_one,
    a_thousand_callers_that_leave_cost_the_next_one_nothing,
    a_thousand_callers_that_leave_a_pool_of_one_cost_the_next_one_nothing,
    a_write_whose_caller_leaves_is_whole_or_absent,
    a_caller_that_leaves_takes_its_statement_along,
    callers_beyond_the_pool_are_told_that_it_is_busy,
    a_burst_of_a_hundred_callers_is_served_by_eight_connections,
    transactions_that_meet_are_tried_again,
    a_listing_that_is_dropped_leaves_nothing_running,
];

async fn thirty_two_writers_on_thirty_two_keys_of_one_user_lose_nothing(place: Place) {
    let shop =
        Arc::new(Shop::with(&place, SHOP, json!({ "table": "user", "pool": { "wait": "20s" } }), opening()).await);
    let writers = (0..32).map(|number| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.set("4711", &format!("k{number}"), &number.to_string()).await })
    });
    let writers: Vec<_> = writers.collect();
    // Another program writes the same row meanwhile.
    for number in 0..20 {
        shop.run(&format!("UPDATE \"user\" SET \"order\" = '{number}' WHERE no = 4711")).await;
    }
    for writer in join_all(writers).await {
        assert!(writer.unwrap().unwrap());
    }
    let metadata = shop.text("SELECT metadata FROM \"user\" WHERE no = 4711").await.unwrap();
    let stored: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    assert_eq!(stored.as_object().unwrap().len(), 33);
    assert!((0..32).all(|number| stored[format!("k{number}")] == number));
}

async fn thirty_two_creates_of_one_user_make_one(place: Place) {
    let shop =
        Arc::new(Shop::with(&place, SHOP, json!({ "table": "user", "pool": { "wait": "20s" } }), opening()).await);
    let creates = (0..32).map(|_| {
        let shop = shop.clone();
        tokio::spawn(async move { shop.create(&[("mail addr", "new@example.com".into())]).await })
    });
    let results: Vec<_> = join_all(creates).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "no index keeps it unique");
    assert!(results.iter().flat_map(|result| result.as_ref().err()).all(|error| error.kind() == ErrorKind::Conflict));
}

async fn a_thousand_callers_that_leave_cost_the_next_one_nothing(place: Place) {
    leave_a_thousand_times(&place, json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" }, "lanes": 1 }))
        .await;
}

async fn a_thousand_callers_that_leave_a_pool_of_one_cost_the_next_one_nothing(place: Place) {
    leave_a_thousand_times(&place, json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" }, "lanes": 0 }))
        .await;
}

async fn leave_a_thousand_times(place: &Place, settings: serde_json::Value) {
    let shop = Shop::with(place, SHOP, settings, opening()).await;
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

async fn a_write_whose_caller_leaves_is_whole_or_absent(place: Place) {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "5s" } });
    let shop = Shop::with(&place, SHOP, settings, opening()).await;
    let (mut cancelled, mut written) = (0, 0);
    // Settles where about every third call is left in its middle, however fast the machine is.
    let mut patience = Duration::from_millis(1);
    for round in 0..200_u64 {
        let mut patch = set("round", &round.to_string());
        patch.fields.push(assign("order", round.to_string()));
        let key = Key::field("no", "4711");
        let left = tokio::time::timeout(patience, shop.change(&key, &patch)).await.is_err();
        patience = if left { patience.mul_f64(1.3) } else { patience.mul_f64(0.6) };
        cancelled += usize::from(left);
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
    assert!(shop.set("4711", "last", "1").await.unwrap(), "no lock is left behind");
    assert!(cancelled > 0 && written > 0, "{cancelled} cancelled, {written} written");
}

async fn a_caller_that_leaves_takes_its_statement_along(place: Place) {
    let settings = json!({ "table": "user", "pool": { "max_size": 1, "wait": "3s" }, "statement_timeout": "60s" });
    let shop = Shop::with(&place, SHOP, settings, opening()).await;
    shop.run("BEGIN; SELECT 1 FROM \"user\" WHERE no = 4711 FOR UPDATE").await;
    let blocked = tokio::time::timeout(Duration::from_millis(300), shop.set("4711", "a", "1")).await;
    assert!(blocked.is_err(), "the row is locked");
    // Another row, while the first caller's statement would still wait for the lock.
    assert!(shop.set("4712", "a", "1").await.unwrap());
    let waiting = format!(
        "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{}%' AND pid <> \
         pg_backend_pid()",
        place.schema
    );
    for _ in 0..50 {
        if shop.text(&waiting).await.unwrap() == "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the statement is still waiting");
}

async fn callers_beyond_the_pool_are_told_that_it_is_busy(place: Place) {
    let settings = json!({ "table": "user", "lanes": 0, "pool": { "max_size": 1, "wait": "50ms" } });
    let shop = Arc::new(Shop::with(&place, SHOP, settings, opening()).await);
    shop.run("BEGIN; LOCK TABLE \"user\" IN ACCESS EXCLUSIVE MODE").await;
    let first = tokio::spawn({
        let shop = shop.clone();
        async move { shop.get(&Key::field("no", "4711")).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let second = shop.get(&Key::field("no", "4711")).await.unwrap_err();
    assert_eq!((second.kind(), second.code_name()), (ErrorKind::Unavailable, "busy"));
    shop.run("ROLLBACK").await;
    assert!(first.await.unwrap().unwrap().is_some());
    assert!(shop.get(&Key::field("no", "4711")).await.unwrap().is_some());
}

async fn a_burst_of_a_hundred_callers_is_served_by_eight_connections(place: Place) {
    let shop =
        Arc::new(Shop::with(&place, SHOP, json!({ "table": "user", "pool": { "wait": "10s" } }), opening()).await);
    let callers = (0..100).map(|number| {
        let shop = shop.clone();
        tokio::spawn(async move {
            match number % 2 {
                0 => shop.get(&Key::field("no", "4711")).await.map(|user| user.is_some()),
                _ => shop.verify(&Key::field("no", "4712"), &[assign("mail_ok", "Y")]).await,
            }
        })
    });
    for caller in join_all(callers).await {
        assert!(caller.unwrap().unwrap());
    }
}

async fn transactions_that_meet_are_tried_again(place: Place) {
    // A trigger that fails as PostgreSQL does where two transactions meet, twice for each row.
    let sql = format!(
        "{SHOP} CREATE SEQUENCE tries; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SET search_path = {} AS $$
         BEGIN IF nextval('tries') < 3 THEN RAISE EXCEPTION 'met' USING ERRCODE = '40001'; END IF; RETURN new; END $$;
         CREATE TRIGGER tr BEFORE UPDATE ON \"user\" FOR EACH ROW EXECUTE FUNCTION f();",
        place.schema
    );
    let shop = Shop::with(&place, &sql, json!({ "table": "user" }), opening()).await;
    assert!(shop.set("4711", "a", "1").await.unwrap());
    assert_eq!(shop.text("SELECT last_value::text FROM tries").await.unwrap(), "3");
    shop.run("ALTER SEQUENCE tries RESTART WITH -1000000 MINVALUE -1000000").await;
    let error = shop.set("4711", "a", "2").await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "contended"));
}

async fn a_listing_that_is_dropped_leaves_nothing_running(place: Place) {
    let sql = format!(
        "{SHOP} INSERT INTO \"user\" (no, metadata) SELECT i, repeat('x', 2000) FROM generate_series(10000, 60000) i"
    );
    let shop = Shop::with(&place, &sql, json!({ "table": "user" }), opening()).await;
    let mut batches = shop.adapter.list_users().unwrap().list_users(None);
    assert!(batches.next().await.unwrap().is_ok());
    let running = format!(
        "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%ORDER BY%' AND query LIKE '%{}%' AND pid <> \
         pg_backend_pid()",
        place.schema
    );
    assert_eq!(shop.text(&running).await.unwrap(), "1");
    drop(batches);
    for _ in 0..100 {
        if shop.text(&running).await.unwrap() == "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the listing is still running");
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
