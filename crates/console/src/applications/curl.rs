//! The first token from a terminal, in commands that hold for the client they are shown for.

use domain::Client;
use protocol::{ClientAuthMethod, GrantType};
use url::form_urlencoded;
use web::WebConfig;

use crate::code::quoted;

/// Where the commands find the identifier and the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// In the variables of the environment file.
    File,
    /// The identifier in the command, the secret in `$CLIENT_SECRET`.
    Secret,
}

/// How to get a token as `client`.
///
/// The code flow by hand where the client may use it, or else that of devices, or client
/// credentials. Empty when the client may use no grant yet.
pub(crate) fn token_request(config: &WebConfig, client: &Client, keys: Keys) -> String {
    if client.allows(GrantType::AuthorizationCode) {
        by_code(config, client, keys)
    } else if client.allows(GrantType::DeviceCode) {
        by_device_code(config, client, keys)
    } else if client.allows(GrantType::ClientCredentials) {
        by_credentials(config, client, keys)
    } else {
        String::new()
    }
}

fn by_credentials(config: &WebConfig, client: &Client, keys: Keys) -> String {
    let mut lines = vec![format!("curl '{}'", quoted(&config.link("/token")))];
    lines.extend(authentication(client, keys));
    lines.push("-d grant_type=client_credentials".to_owned());
    lines.extend(scope(client));
    lines.join(" \\\n  ")
}

/// The scopes, where the client has no default ones.
fn scope(client: &Client) -> Option<String> {
    let asks = client.settings.default_scopes.is_empty() && !client.settings.scopes.is_empty();
    asks.then(|| format!("-d scope='{}'", quoted(&client.settings.scopes.to_string())))
}

fn by_device_code(config: &WebConfig, client: &Client, keys: Keys) -> String {
    let command = |path: &str, more: &mut dyn Iterator<Item = String>| {
        let mut lines = vec![format!("curl '{}'", quoted(&config.link(path)))];
        lines.extend(authentication(client, keys).into_iter().chain(more));
        lines.join(" \\\n  ")
    };
    let grant = format!("-d grant_type={}", GrantType::DeviceCode);
    let code = "-d device_code=\"$DEVICE_CODE\"".to_owned();
    format!(
        "# 1. Ask for the codes\n\
         {}\n\
         \n\
         # 2. Open the verification_uri of the answer, type the user_code and approve\n\
         \n\
         # 3. Exchange the device_code\n\
         DEVICE_CODE=\n\
         {}",
        command("/device_authorization", &mut scope(client).into_iter()),
        command("/token", &mut [grant, code].into_iter()),
    )
}

fn by_code(config: &WebConfig, client: &Client, keys: Keys) -> String {
    let uri = client.settings.redirect_uris.first().map_or("", |it| it.as_str());
    let scopes = client.settings.scopes.to_string();
    let asks = client.settings.default_scopes.is_empty() && !scopes.is_empty();
    let pair = |name: &str, value: &str| {
        form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
    };
    let mut address = vec![
        format!("{}?response_type=code", config.link("/authorize")),
        pair("client_id", client.client_id.as_str()),
        pair("redirect_uri", uri),
    ];
    address.extend(asks.then(|| pair("scope", &scopes)));
    address.push("code_challenge_method=S256&code_challenge=$CHALLENGE".to_owned());
    address.push("state=$(openssl rand -hex 8)".to_owned());
    // Within double quotes, a backslash at the end of a line joins it with the next; what the
    // serializer leaves alone means nothing there.
    let address = address.join("\\\n&");
    let mut exchange = vec![format!("curl '{}'", quoted(&config.link("/token")))];
    exchange.extend(authentication(client, keys));
    exchange.push("-d grant_type=authorization_code".to_owned());
    exchange.push("-d code=\"$CODE\"".to_owned());
    exchange.push(format!("--data-urlencode redirect_uri='{}'", quoted(uri)));
    exchange.push("-d code_verifier=\"$VERIFIER\"".to_owned());
    format!(
        "# 1. Open the address that this prints, sign in and approve\n\
         VERIFIER=$(openssl rand -hex 32)\n\
         CHALLENGE=$(printf %s \"$VERIFIER\" | openssl dgst -sha256 -binary \\\n  \
         | openssl base64 -A | tr '+/' '-_' | tr -d '=')\n\
         echo \"{address}\"\n\
         \n\
         # 2. Copy the code from the address you land on\n\
         CODE=\n\
         \n\
         # 3. Exchange it\n\
         {}",
        exchange.join(" \\\n  ")
    )
}

/// How the client proves itself, as options of curl.
fn authentication(client: &Client, keys: Keys) -> Vec<String> {
    let (id, secret) = match keys {
        Keys::File => ("$OAUTH_CLIENT_ID", "$OAUTH_CLIENT_SECRET"),
        Keys::Secret => (client.client_id.as_str(), "$CLIENT_SECRET"),
    };
    match client.settings.token_endpoint_auth_method {
        ClientAuthMethod::ClientSecretBasic => {
            vec![format!("-u \"{id}:{secret}\"")]
        }
        ClientAuthMethod::ClientSecretPost => {
            vec![format!("-d client_id=\"{id}\""), format!("-d client_secret=\"{secret}\"")]
        }
        ClientAuthMethod::PrivateKeyJwt => vec![
            "-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
                .to_owned(),
            "-d client_assertion=\"$CLIENT_ASSERTION\"".to_owned(),
        ],
        ClientAuthMethod::None => vec![format!("-d client_id={}", client.client_id)],
    }
}

#[cfg(test)]
mod tests {
    use domain::Environment;
    use protocol::Scope;

    use super::*;
    use crate::testing;

    #[test]
    fn a_machine_asks_with_its_own_method_and_scopes() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.grant_types = vec![GrantType::ClientCredentials];
        client.settings.scopes = Scope::parse("photos.read photos.write").unwrap();

        assert_eq!(
            token_request(&testing::config(), &client, Keys::File),
            "curl 'https://id.example.com/token' \\\n  \
             -u \"$OAUTH_CLIENT_ID:$OAUTH_CLIENT_SECRET\" \\\n  \
             -d grant_type=client_credentials \\\n  \
             -d scope='photos.read photos.write'"
        );

        client.settings.token_endpoint_auth_method = ClientAuthMethod::ClientSecretPost;
        client.settings.default_scopes = client.settings.scopes.clone();
        let text = token_request(&testing::config(), &client, Keys::File);
        assert!(text.contains("-d client_secret=") && !text.contains("-u "), "{text}");
        assert!(!text.contains("scope="), "{text}");
    }

    #[test]
    fn a_device_asks_for_its_codes_first() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.grant_types = vec![GrantType::DeviceCode];
        client.settings.token_endpoint_auth_method = ClientAuthMethod::None;
        client.settings.default_scopes = Scope::default();
        client.settings.scopes = Scope::parse("openid").unwrap();
        let id = client.client_id.as_str();

        assert_eq!(
            token_request(&testing::config(), &client, Keys::File),
            format!(
                "# 1. Ask for the codes\n\
                 curl 'https://id.example.com/device_authorization' \\\n  \
                 -d client_id={id} \\\n  \
                 -d scope='openid'\n\n\
                 # 2. Open the verification_uri of the answer, type the user_code and approve\n\n\
                 # 3. Exchange the device_code\n\
                 DEVICE_CODE=\n\
                 curl 'https://id.example.com/token' \\\n  \
                 -d client_id={id} \\\n  \
                 -d grant_type=urn:ietf:params:oauth:grant-type:device_code \\\n  \
                 -d device_code=\"$DEVICE_CODE\""
            )
        );
    }

    #[test]
    fn a_public_client_names_itself_and_brings_its_verifier() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.token_endpoint_auth_method = ClientAuthMethod::None;

        let text = token_request(&testing::config(), &client, Keys::File);

        assert!(text.contains("-d client_id=app_sbx_1"), "{text}");
        assert!(text.contains("redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback"), "{text}");
        assert!(text.contains("code_verifier=\"$VERIFIER\""), "{text}");
        assert!(!text.contains("SECRET"), "{text}");
    }

    #[test]
    fn nothing_in_a_callback_url_runs_in_a_shell() {
        let mut client = testing::client(Environment::Sandbox);
        let uri = "https://app.example.com/cb?a='$(touch${IFS}x)`id`\"&b=;x";
        client.settings.redirect_uris =
            vec![protocol::RedirectUri::try_from(uri.to_owned()).unwrap()];

        let text = token_request(&testing::config(), &client, Keys::File);

        let printed = "redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fa%3D%27%24%28touch%24%7BIFS%7Dx%29%60id%60%22%26b%3D%3Bx";
        assert!(text.contains(printed), "{text}");
        let sent = "--data-urlencode redirect_uri='https://app.example.com/cb?a='\\''$(touch${IFS}x)`id`\"&b=;x'";
        assert!(text.contains(sent), "{text}");
        assert_eq!(text.matches("$(touch").count(), 1, "and nowhere else: {text}");
    }

    #[test]
    fn without_a_grant_there_is_no_command_that_works() {
        let mut client = testing::client(Environment::Sandbox);
        client.settings.grant_types.clear();

        assert_eq!(token_request(&testing::config(), &client, Keys::File), "");
    }

    #[test]
    fn the_secret_can_be_left_to_whoever_has_it() {
        let client = testing::client(Environment::Sandbox);

        let text = token_request(&testing::config(), &client, Keys::Secret);

        assert!(text.contains("-u \"app_sbx_1:$CLIENT_SECRET\""), "{text}");
        assert!(!text.contains("OAUTH_"), "{text}");
    }
}
