//! Users. One administrator must stay; a password that changes ends every sign-in made with the old one.

use super::{App, actor::Actor, error::*, nouns::*, passwords};
use twinline_api::rest::users::{User, UserSpec};
use twinline_model::*;

impl Managed for Agent {
    type Spec = UserSpec;
    type View = User;
    const WORD: &'static str = "user";

    fn fresh_id(bits: u128) -> AgentId {
        AgentId::from_bits(bits)
    }

    fn build(id: AgentId, spec: UserSpec, before: Option<&Self>, centre: &Centre) -> Result<Self, Refusal> {
        check_username(&spec.username)?;
        check_text("first_name", &spec.first_name, 100)?;
        check_text("last_name", &spec.last_name, 100)?;
        check_range("acw_limit_s", spec.acw_limit_s, 0..=3_600)?;
        if !matches!(spec.language.as_str(), "ko" | "en") {
            return Err(Refusal::new("invalid", "There are no pages in this language.")
                .field("language")
                .remedy("Choose ko or en."));
        }
        let profile = spec.routing_profile;
        check_known(
            profile.is_none_or(|id| centre.routing_profiles.contains_key(&id)),
            "routing_profile",
            "routing profile",
        )?;
        if spec.roles.contains(&Role::Agent) && profile.is_none() {
            return Err(Refusal::new("invalid", "An agent needs a routing profile.")
                .field("routing_profile")
                .remedy("Name one, or leave the role agent out."));
        }
        if let Some(number) = &spec.desk_phone {
            check_number("desk_phone", number)?;
        }
        if before.is_some_and(|before| is_last_admin(before, centre)) && !spec.roles.contains(&Role::Admin) {
            return Err(Refusal::new("last_admin", "This is the only administrator.")
                .field("roles")
                .remedy("Make somebody else administrator first."));
        }
        let mut roles = spec.roles;
        roles.sort_unstable();
        roles.dedup();
        Ok(Agent {
            id,
            username: spec.username,
            first_name: spec.first_name,
            last_name: spec.last_name,
            roles,
            routing_profile: profile,
            auto_accept: spec.auto_accept,
            acw_limit_s: spec.acw_limit_s,
            language: spec.language,
            desk_phone: spec.desk_phone,
        })
    }

    fn view(&self, version: u64, centre: &Centre) -> User {
        User {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(AgentId::KIND, self.id),
            version,
            spec: UserSpec {
                username: self.username.clone(),
                first_name: self.first_name.clone(),
                last_name: self.last_name.clone(),
                roles: self.roles.clone(),
                routing_profile: self.routing_profile,
                auto_accept: self.auto_accept,
                acw_limit_s: self.acw_limit_s,
                language: self.language.clone(),
                desk_phone: self.desk_phone.clone(),
                password: None,
            },
        }
    }

    fn used_by(id: AgentId, centre: &Centre) -> Vec<String> {
        let last = centre.agents.get(&id).is_some_and(|agent| is_last_admin(agent, centre));
        let quick = centre
            .quick_connects
            .values()
            .filter(|quick| matches!(quick.target, QuickConnectTarget::Agent { agent, .. } if agent == id));
        let text = id.to_string();
        let flows = centre.flows.values().filter(|flow| flow.content.contains(&text));
        quick
            .map(|quick| format!("quick connect {}", quick.name))
            .chain(flows.map(|flow| format!("flow {}", flow.name)))
            .chain(last.then(|| "the centre, as its only administrator".to_owned()))
            .collect()
    }
}

fn is_last_admin(agent: &Agent, centre: &Centre) -> bool {
    let admins = centre.agents.values().filter(|agent| agent.roles.contains(&Role::Admin));
    agent.roles.contains(&Role::Admin) && admins.count() == 1
}

/// 1–64 letters, digits and `.-_@+`: what is typed at sign-in and shown in logs.
fn check_username(username: &str) -> Result<(), Refusal> {
    let fits = (1..=64).contains(&username.chars().count())
        && username.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+'));
    if fits {
        return Ok(());
    }
    Err(Refusal::new("invalid", "This is not a username.")
        .field("username")
        .remedy("Use 1 to 64 letters, digits and . - _ @ +"))
}

impl App {
    pub async fn create_user(&self, actor: &Actor, mut spec: UserSpec) -> Result<(AgentId, User), Refused> {
        let hash = self.password_of(&mut spec).await?;
        let (id, view) = self.create::<Agent>(actor, spec).await?;
        if let Some(hash) = hash {
            self.store.set_password_hash(id, hash).await?;
        }
        Ok((id, view))
    }

    pub async fn replace_user(
        &self,
        actor: &Actor,
        id: AgentId,
        version: Option<u64>,
        mut spec: UserSpec,
    ) -> Result<(User, u64), Refused> {
        let hash = self.password_of(&mut spec).await?;
        let replaced = self.replace::<Agent>(actor, id, version, spec).await?;
        if let Some(hash) = hash {
            self.store.set_password_hash(id, hash).await?;
            self.end_sign_ins(id).await?;
        }
        Ok(replaced)
    }

    pub async fn delete_user(&self, actor: &Actor, id: AgentId, version: Option<u64>) -> Result<(), Refused> {
        let busy = self.switchboard.desk(id).borrow().as_ref().is_some_and(|desk| !desk.desk.contacts.is_empty());
        if busy {
            let refusal = Refusal::new("busy", "This person is handling a contact.");
            return Err(Refused::new(Kind::Conflict, refusal.remedy("Wait until the contact is over.")));
        }
        self.delete::<Agent>(actor, id, version).await?;
        self.end_sign_ins(id).await
    }

    async fn password_of(&self, spec: &mut UserSpec) -> Result<Option<String>, Refused> {
        let Some(password) = spec.password.take() else { return Ok(None) };
        passwords::check(&password)?;
        self.hashing.hash(password).await.map(Some)
    }
}
