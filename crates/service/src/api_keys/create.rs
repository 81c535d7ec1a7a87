//! Making an API key.

use domain::{ApiKey, FieldError, HandleKind, Id, Permission, audit::Action};
use serde_json::json;
use store::repo::api_keys;

use super::{CreateApiKey, ShownApiKey, require_whole_reach};
use crate::{
    Call, Problem, Service,
    transaction::{Event, Target},
    validation,
};

/// Makes an API key; its value is in this answer alone.
///
/// # Errors
///
/// [`Problem::Forbidden`] without [`Permission::AdminsWrite`],
/// [`Problem::Invalid`] naming every field that breaks a rule, permissions that
/// the caller lacks among them.
pub async fn create(
    service: &Service,
    call: &Call,
    mut command: CreateApiKey,
) -> Result<ShownApiKey, Problem> {
    call.require(Permission::AdminsWrite)?;
    require_whole_reach(call)?;
    let now = service.parts.clock.now();
    validation::trim([&mut command.name]);
    let mut faults = validation::faults(&command);
    faults.extend(validation::line_fault("name", &command.name));
    if command.expires_at.is_some_and(|end| end <= now) {
        faults.push(FieldError::of("expires_at", "in-past", "Choose a time in the future."));
    }
    let permissions = check_permissions(call, &command.permissions, &mut faults);
    validation::refuse(faults)?;
    let entropy = &*service.parts.entropy;
    let (handle, digest) = service.parts.handles.issue(HandleKind::ApiKey, entropy);
    let key = ApiKey {
        id: Id::new(now, entropy),
        name: command.name,
        permissions,
        created_at: now,
        expires_at: command.expires_at,
        last_used_at: None,
    };
    service
        .write(async |tx| {
            api_keys::insert(tx, &key, &digest, &call.actor.name).await?;
            let details = json!({ "permissions": key.permissions });
            let target = Target { id: key.id.to_string(), name: key.name.clone() };
            let action = Action::ApiKeyCreated;
            service.record(tx, Event { call, action, now, target, details }).await
        })
        .await?;
    Ok(ShownApiKey { key, text: handle.into() })
}

/// Nobody gives what they lack.
fn check_permissions(
    call: &Call,
    texts: &[String],
    faults: &mut Vec<FieldError>,
) -> Vec<Permission> {
    let mut permissions = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        match text.trim().parse::<Permission>() {
            Ok(permission) if permissions.contains(&permission) => {}
            Ok(permission) if call.has(permission) => permissions.push(permission),
            Ok(permission) => {
                let detail = format!("You do not have {permission} yourself.");
                faults.push(FieldError::at("permissions", index, "not-yours", detail));
            }
            Err(_unknown) => {
                let detail = format!("Permission {} is not known here.", index + 1);
                faults.push(FieldError::at("permissions", index, "unknown-permission", detail));
            }
        }
    }
    if texts.is_empty() {
        let detail = "Choose at least one permission.";
        faults.push(FieldError::of("permissions", "required", detail));
    }
    permissions
}
