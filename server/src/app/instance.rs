//! The instance itself: made on the first start, with the statuses that nobody can do without.

use super::{error::Refused, random_bits};
use sha2::{Digest, Sha256};
use twinline_model::*;
use twinline_store::Store;

/// The configuration; an empty centre is made when there is none.
pub async fn ensure(store: &Store) -> Result<Centre, Refused> {
    if let Some(centre) = store.load_centre().await? {
        return Ok(centre);
    }
    let bits = random_bits()?;
    let instance = Instance {
        id: InstanceId::from_bits(bits),
        name: "Twinline".to_owned(),
        region: "local".to_owned(),
        account: format!("{:012}", bits % 1_000_000_000_000),
    };
    store.put_instance(instance).await?;
    for status in statuses() {
        store.put(&status, None, None).await?;
    }
    store.load_centre().await?.ok_or_else(|| Refused::internal("the instance just made is not there"))
}

/// Available, Lunch, Break, Offline.
pub fn statuses() -> [AgentStatus; 4] {
    use AgentStatusKind::*;
    [("Available", Routable), ("Lunch", Custom), ("Break", Custom), ("Offline", Offline)].map(|(name, kind)| {
        let digest = Sha256::digest(format!("twinline status {name}"));
        let bits = digest.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte));
        let order = match name {
            "Available" => 1,
            "Lunch" => 2,
            "Break" => 3,
            _ => 9,
        };
        AgentStatus { id: AgentStatusId::from_bits(bits), name: name.to_owned(), kind, order }
    })
}
