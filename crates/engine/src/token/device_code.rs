//! The device code grant, [RFC 8628 section 3.4]: a device asks whether it was approved.
//!
//! [RFC 8628 section 3.4]: https://www.rfc-editor.org/rfc/rfc8628#section-3.4

use domain::{HandleDigest, HandleKind};
use protocol::GrantType;
use store::{
    StoreError, Tx,
    repo::device_authorizations::{self, Polled},
};

use super::{Asked, Bought, DeviceRefusal, Refusal, TokenResponse, authorization_code::Redemption};
use crate::{
    Engine,
    gate::{GateRefusal, Policy},
};

impl Engine {
    pub(super) async fn device_code(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Result<TokenResponse, Refusal>, StoreError> {
        let policy = self.policy(asked.now).await?;
        let allowed = policy.allows(&asked.client, GrantType::DeviceCode);
        let read = allowed.map_err(Refusal::from).and_then(|()| self.read_device_code(asked));
        let digest = match read {
            Ok(digest) => digest,
            Err(refusal) => return self.refuse(asked, refusal).await,
        };
        self.issue(asked, &policy, async |tx| self.poll(tx, asked, &policy, &digest).await).await
    }

    fn read_device_code(&self, asked: &Asked<'_>) -> Result<HandleDigest, Refusal> {
        let code = asked.required("device_code")?;
        let digest = self.parts.handles.digest(HandleKind::DeviceCode, code);
        Ok(digest.ok_or(DeviceRefusal::Unknown)?)
    }

    async fn poll(
        &self,
        tx: &Tx,
        asked: &Asked<'_>,
        policy: &Policy,
        digest: &HandleDigest,
    ) -> Result<Result<Bought, Refusal>, StoreError> {
        let client_id = asked.client.client.id;
        let refusal = match device_authorizations::poll(tx, digest, client_id, asked.now).await? {
            Polled::Now(grant) => {
                let grant_type = GrantType::DeviceCode;
                let redemption = Redemption { grant_type, grant: *grant, nonce: None };
                let bought = self.buy(tx, asked, policy, redemption).await?;
                if let Err(Refusal::Gate(GateRefusal::Target(_))) = bought {
                    // Another `resource` mends the request, so the code stays good.
                    device_authorizations::release(tx, digest).await?;
                }
                return Ok(bought);
            }
            Polled::Already(grant) => {
                let replayed = DeviceRefusal::Replayed;
                self.revoke_what_it_bought(tx, asked, &grant, replayed.into()).await?;
                replayed
            }
            Polled::Pending => DeviceRefusal::Pending,
            Polled::TooSoon => DeviceRefusal::TooSoon,
            Polled::Denied => DeviceRefusal::Denied,
            Polled::Expired => DeviceRefusal::Expired,
            Polled::Unknown => DeviceRefusal::Unknown,
            Polled::Unbound => DeviceRefusal::WrongClient,
        };
        Ok(Err(refusal.into()))
    }
}
