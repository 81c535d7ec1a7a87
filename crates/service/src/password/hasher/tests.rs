//! The hash is the standard one, and the queue is short.

use secrecy::SecretString;

use super::*;

const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, iterations: 1 };

struct Counting;

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(1..) {
            *byte = value;
        }
    }
}

fn password(text: &str) -> Normalized {
    Normalized::of(&SecretString::from(text)).unwrap()
}

#[tokio::test]
async fn the_default_cost_is_what_is_promised() {
    let hasher = Hasher::new(1, PasswordCost::default());

    let hash = hasher.hash(password("correct horse battery"), &Counting).await.unwrap();

    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$AQIDBAUGBwgJCgsMDQ4PEA$"), "{hash}");
}

#[tokio::test]
async fn only_the_password_itself_is_right() {
    let hasher = Hasher::new(2, CHEAP);
    let hash = hasher.hash(password("correct horse battery"), &Counting).await.unwrap();
    let verdict = async |text: &str, hash: Option<&str>| {
        hasher.verify(password(text), hash.map(str::to_owned)).await.unwrap()
    };

    assert_eq!(verdict("correct horse battery", Some(&hash)).await, Verdict::Right);
    assert_eq!(verdict("correct horse battery ", Some(&hash)).await, Verdict::Wrong);
    assert_eq!(verdict("Correct horse battery", Some(&hash)).await, Verdict::Wrong);
    assert_eq!(verdict("correct horse battery", None).await, Verdict::Wrong);
    assert_eq!(verdict("correct horse battery", Some("not a hash")).await, Verdict::Wrong);
}

#[tokio::test]
async fn a_cheaper_hash_is_right_but_outdated() {
    let old = Hasher::new(1, CHEAP).hash(password("correct horse"), &Counting).await.unwrap();
    let today = Hasher::new(1, PasswordCost { iterations: 2, ..CHEAP });

    let verdict = today.verify(password("correct horse"), Some(old)).await.unwrap();

    assert_eq!(verdict, Verdict::RightButOutdated);
}

#[tokio::test]
async fn who_finds_the_queue_full_is_sent_away() {
    let hasher = Arc::new(Hasher::new(1, PasswordCost::default()));
    let attempts: Vec<_> = (0..32)
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.verify(password("x"), None).await })
        })
        .collect();

    let mut sent_away = 0;
    for attempt in attempts {
        if matches!(attempt.await.unwrap(), Err(Problem::Busy { .. })) {
            sent_away += 1;
        }
    }

    assert!((1..32).contains(&sent_away), "{sent_away} of 32");
}
