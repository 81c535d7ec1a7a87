//! An assertion counts once, for this server, in its time, signed by its client.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use domain::{ClientKeys, ClientSettings, JwsAlg, RequestFacts};
use jose::{Algorithm, PrivateKey};
use protocol::ClientAuthMethod;
use serde_json::{Map, Value, json};

use super::*;
use crate::{
    Credentials,
    testing::{ISSUER, START, World},
};

struct Signer {
    key: PrivateKey,
}

impl Signer {
    fn new() -> Self {
        Self { key: PrivateKey::generate(Algorithm::Es256).unwrap() }
    }

    fn set(&self) -> String {
        json!({ "keys": [self.key.public()] }).to_string()
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(message.as_bytes()).unwrap();
        format!("{message}.{}", Base64UrlUnpadded::encode_string(&signature))
    }

    /// An assertion of `app` with these claims changed; `null` takes one away.
    fn assertion(&self, changes: &Value) -> String {
        let mut claims = json!({
            "iss": "app", "sub": "app", "aud": ISSUER, "jti": "1",
            "iat": START.as_seconds(), "exp": START.as_seconds() + 60,
        });
        let claims: &mut Map<String, Value> = claims.as_object_mut().unwrap();
        for (name, value) in changes.as_object().unwrap() {
            claims.insert(name.clone(), value.clone());
        }
        claims.retain(|_, value| !value.is_null());
        self.token(&json!({ "alg": "ES256" }), &json!(claims))
    }
}

async fn prove(world: &World, pairs: &[(&str, &str)]) -> Result<(), ClientRefusal> {
    let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let parameters = Parameters::from_pairs(pairs.collect());
    let credentials = Credentials { authorization: None, parameters: &parameters };
    let (facts, now) = (RequestFacts::default(), world.engine.now());
    world.engine.authenticate(&credentials, &facts, now).await.unwrap().map(|_| ())
}

async fn assert_with(world: &World, assertion: &str) -> Result<(), ClientRefusal> {
    let pairs = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion)];
    prove(world, &pairs).await
}

/// A world with the client `app`, which signs.
async fn world(bend: impl FnOnce(&mut ClientSettings)) -> (World, Signer) {
    let (world, signer) = (World::new().await, Signer::new());
    let signs = |settings: &mut ClientSettings| {
        settings.token_endpoint_auth_method = ClientAuthMethod::PrivateKeyJwt;
        settings.keys = Some(ClientKeys::Set(signer.set()));
        bend(settings);
    };
    world.confidential("app", signs).await;
    (world, signer)
}

fn refused(refusal: AssertionRefusal) -> Result<(), ClientRefusal> {
    Err(ClientRefusal::Assertion(refusal))
}

#[tokio::test]
async fn an_assertion_counts_once() {
    let (world, signer) = world(|_| {}).await;
    let first = signer.assertion(&json!({}));

    assert_eq!(assert_with(&world, &first).await, Ok(()));
    assert_eq!(assert_with(&world, &first).await, refused(AssertionRefusal::Replayed));
    let again = signer.assertion(&json!({ "exp": START.as_seconds() + 61 }));
    assert_eq!(assert_with(&world, &again).await, refused(AssertionRefusal::Replayed));
    let next = signer.assertion(&json!({ "jti": "2" }));
    assert_eq!(assert_with(&world, &next).await, Ok(()));
}

#[tokio::test]
async fn a_refused_assertion_is_not_spent() {
    let (world, signer) = world(|_| {}).await;
    let early = signer.assertion(&json!({ "nbf": START.as_seconds() + 11 }));

    assert_eq!(assert_with(&world, &early).await, refused(AssertionRefusal::NotYet));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(assert_with(&world, &early).await, Ok(()));
}

#[tokio::test]
async fn each_claim_is_what_it_has_to_be() {
    let (world, signer) = world(|_| {}).await;
    let now = START.as_seconds();
    let long = "j".repeat(256);
    for (claims, refusal) in [
        (json!({ "iss": null }), AssertionRefusal::Issuer),
        (json!({ "iss": "other" }), AssertionRefusal::Issuer),
        (json!({ "iss": ["app"] }), AssertionRefusal::Issuer),
        (json!({ "sub": null }), AssertionRefusal::NoSubject),
        (json!({ "sub": ["app"] }), AssertionRefusal::NoSubject),
        (json!({ "aud": null }), AssertionRefusal::Audience),
        (json!({ "aud": [ISSUER] }), AssertionRefusal::Audience),
        (json!({ "aud": [ISSUER, "https://other.test"] }), AssertionRefusal::Audience),
        (json!({ "aud": format!("{ISSUER}/") }), AssertionRefusal::Audience),
        (json!({ "aud": format!("{ISSUER}/token") }), AssertionRefusal::Audience),
        (json!({ "aud": format!("{ISSUER}/par") }), AssertionRefusal::Audience),
        (json!({ "aud": "" }), AssertionRefusal::Audience),
        (json!({ "exp": null }), AssertionRefusal::Expiry),
        (json!({ "exp": now }), AssertionRefusal::Expiry),
        (json!({ "exp": now - 1 }), AssertionRefusal::Expiry),
        (json!({ "exp": now + 311 }), AssertionRefusal::Expiry),
        (json!({ "exp": now + 48 * 3600 }), AssertionRefusal::Expiry),
        (json!({ "exp": (now + 60).to_string() }), AssertionRefusal::Expiry),
        (json!({ "exp": -1 }), AssertionRefusal::Expiry),
        (json!({ "exp": 1e300 }), AssertionRefusal::Expiry),
        (json!({ "exp": [now + 60] }), AssertionRefusal::Expiry),
        (json!({ "nbf": now + 60 }), AssertionRefusal::NotYet),
        (json!({ "nbf": "soon" }), AssertionRefusal::NotYet),
        (json!({ "iat": now + 60 }), AssertionRefusal::NotYet),
        (json!({ "iat": true }), AssertionRefusal::NotYet),
        (json!({ "jti": null }), AssertionRefusal::NoJti),
        (json!({ "jti": "" }), AssertionRefusal::NoJti),
        (json!({ "jti": 7 }), AssertionRefusal::NoJti),
        (json!({ "jti": long }), AssertionRefusal::NoJti),
    ] {
        let (world, signer) = (&world, &signer);
        let claims = check_alone(world, signer, &claims).await;
        assert_eq!(claims.1, refused(refusal), "{}", claims.0);
    }
    for (jti, claims) in [
        json!({ "exp": now + 310 }),
        json!({ "exp": 0.5 + 60.0 + f64::from(u32::try_from(now).unwrap()) }),
        json!({ "iat": now + 8, "nbf": now + 8 }),
        json!({ "iat": null }),
        json!({ "jti": "j".repeat(255) }),
        json!({ "unknown": { "claim": [] } }),
    ]
    .into_iter()
    .enumerate()
    {
        let mut claims = claims;
        if claims.get("jti").is_none() {
            claims["jti"] = jti.to_string().into();
        }
        assert_eq!(assert_with(&world, &signer.assertion(&claims)).await, Ok(()), "{claims}");
    }
}

/// One assertion, from an address of its own: a table fails more often than an address may.
async fn check_alone(
    world: &World,
    signer: &Signer,
    claims: &Value,
) -> (String, Result<(), ClientRefusal>) {
    let assertion = signer.assertion(claims);
    let pairs = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
    let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let parameters = Parameters::from_pairs(pairs.collect());
    let credentials = Credentials { authorization: None, parameters: &parameters };
    let byte = claims
        .to_string()
        .bytes()
        .fold(1_u32, |sum, it| sum.wrapping_mul(31).wrapping_add(u32::from(it)));
    let address = std::net::IpAddr::from(byte.to_be_bytes());
    let facts = RequestFacts { address: Some(address), ..RequestFacts::default() };
    let proved = world.engine.authenticate(&credentials, &facts, world.engine.now()).await.unwrap();
    (claims.to_string(), proved.map(|_| ()))
}

#[tokio::test]
async fn old_libraries_may_be_let_name_an_endpoint() {
    let (world, signer) = world(|settings| settings.accept_endpoint_audience = true).await;
    for (jti, audience, good) in [
        ("1", json!(ISSUER), true),
        ("2", json!(format!("{ISSUER}/token")), true),
        ("3", json!([format!("{ISSUER}/par"), "https://other.test"]), true),
        ("4", json!(format!("{ISSUER}/userinfo")), false),
        ("5", json!(format!("{ISSUER}.evil.test/token")), false),
        ("6", json!([]), false),
        ("7", json!([7]), false),
    ] {
        let assertion = signer.assertion(&json!({ "jti": jti, "aud": audience }));
        assert_eq!(assert_with(&world, &assertion).await.is_ok(), good, "{audience}");
    }
}

#[tokio::test]
async fn the_key_and_the_algorithm_are_the_registered_ones() {
    let (world, signer) = world(|_| {}).await;
    let claims = |jti: &str| {
        json!({
            "iss": "app", "sub": "app", "aud": ISSUER, "jti": jti,
            "exp": START.as_seconds() + 60,
        })
    };
    let unsigned = |fault| refused(AssertionRefusal::Unsigned(ClientKeyRefusal::Token(fault)));
    let stranger = Signer::new();
    let brought = json!({ "alg": "ES256", "jwk": stranger.key.public() });

    let forged = stranger.token(&brought, &claims("1"));
    assert_eq!(assert_with(&world, &forged).await, unsigned(VerifyError::BadSignature));
    for alg in ["none", "HS256", "RS256"] {
        let token = signer.token(&json!({ "alg": alg }), &claims("1"));
        assert_eq!(assert_with(&world, &token).await, unsigned(VerifyError::WrongAlgorithm));
    }
    for (header, fault) in [
        (json!({ "alg": "ES256", "typ": "at+jwt" }), VerifyError::UnexpectedType),
        (json!({ "alg": "ES256", "typ": "oauth-authz-req+jwt" }), VerifyError::UnexpectedType),
        (json!({ "alg": "ES256", "crit": [] }), VerifyError::Critical),
        (json!({}), VerifyError::Header),
    ] {
        let token = signer.token(&header, &claims("1"));
        assert_eq!(assert_with(&world, &token).await, refused(AssertionRefusal::Malformed(fault)));
    }
    let typed = json!({ "alg": "ES256", "typ": "client-authentication+jwt" });
    assert_eq!(assert_with(&world, &signer.token(&typed, &claims("1"))).await, Ok(()));
}

#[tokio::test]
async fn a_registered_algorithm_is_the_only_one() {
    let (world, signer) =
        world(|settings| settings.token_endpoint_auth_signing_alg = Some(JwsAlg::Ps256)).await;
    let wrong = ClientKeyRefusal::Token(VerifyError::WrongAlgorithm);

    let proved = assert_with(&world, &signer.assertion(&json!({}))).await;

    assert_eq!(proved, refused(AssertionRefusal::Unsigned(wrong)));
}

#[tokio::test]
async fn both_parameters_come_with_one_client_and_no_other_method() {
    let (world, signer) = world(|_| {}).await;
    world.confidential("basic", |_| {}).await;
    let good = signer.assertion(&json!({}));
    let of_basic = signer.assertion(&json!({ "iss": "basic", "sub": "basic" }));
    let of_nobody = signer.assertion(&json!({ "iss": "nobody", "sub": "nobody" }));
    let kind = ("client_assertion_type", JWT_BEARER);
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";

    for (pairs, expected) in [
        (vec![("client_assertion", good.as_str())], refused(AssertionRefusal::Type)),
        (vec![kind], refused(AssertionRefusal::Type)),
        (vec![kind, ("client_assertion", "")], refused(AssertionRefusal::Type)),
        (
            vec![("client_assertion_type", saml), ("client_assertion", &good)],
            refused(AssertionRefusal::Type),
        ),
        (
            vec![kind, ("client_assertion", "a.b")],
            refused(AssertionRefusal::Malformed(VerifyError::Malformed)),
        ),
        (
            vec![kind, ("client_assertion", &good), ("client_id", "basic")],
            Err(ClientRefusal::DifferentIds),
        ),
        (
            vec![kind, ("client_assertion", &good), ("client_secret", "x")],
            Err(ClientRefusal::SeveralMethods),
        ),
        (vec![kind, ("client_assertion", &of_basic)], Err(ClientRefusal::WrongMethod)),
        (vec![kind, ("client_assertion", &of_nobody)], Err(ClientRefusal::UnknownClient)),
        (vec![("client_id", "app")], Err(ClientRefusal::WrongMethod)),
        (vec![("client_id", "app"), ("client_secret", "x")], Err(ClientRefusal::WrongMethod)),
        (vec![kind, ("client_assertion", &good), ("client_id", "app")], Ok(())),
    ] {
        assert_eq!(prove(&world, &pairs).await, expected, "{pairs:?}");
    }
}
