//! The services over fakes, wired as the program wires them.

use std::sync::Arc;
use std::time::Duration;

use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, Family, SettingsUpdate};
use privet_domain::settings::user::User;
use serde_json::Value;

use super::samples::caller;
use super::{FakeChangeStore, FakeClock, FakeIds, FakeSettingsCache, FakeSigner, FakeStore};
use crate::ChangeError;
use crate::accounts::AccountService;
use crate::accounts::erasure::Erasures;
use crate::administration::AdministrationService;
use crate::catalogue::CurrentCatalogue;
use crate::changes::ChangeService;
use crate::relationships::{RelationshipService, RelationshipStores};
use crate::rules::RuleService;
use crate::settings::SettingsService;
use crate::settings::cache::SettingsCache;
use crate::settings::precondition::Precondition;
use crate::transfer::{TransferService, TransferStores};

/// How long a request waits for the end of an erasure.
const PATIENCE: Duration = Duration::from_millis(100);

/// The services over one store, and what a test holds of it.
pub struct Services {
    pub store: Arc<FakeStore>,
    pub cache: Arc<FakeSettingsCache>,
    pub clock: Arc<FakeClock>,
    pub catalogue: Arc<Catalogue>,
    pub settings: SettingsService,
    pub relationships: RelationshipService,
    pub rules: RuleService,
    pub accounts: AccountService,
    pub administration: AdministrationService,
    pub transfer: TransferService,
    pub feed: Arc<FakeChangeStore>,
    pub changes: ChangeService,
    pub current: Arc<CurrentCatalogue>,
}

impl Services {
    /// Without a cache.
    pub fn new() -> Self {
        Self::over(Arc::default(), false)
    }

    /// With a cache.
    pub fn with_cache() -> Self {
        Self::over(Arc::default(), true)
    }

    /// By this catalogue, without a cache.
    pub fn by(catalogue: Catalogue) -> Self {
        Self::with_catalogue(Arc::default(), false, Arc::new(catalogue))
    }

    /// Without a cache, with erasure receipts.
    pub fn with_receipts() -> Self {
        let services = Self::new();
        let (store, clock) = (&services.store, &services.clock);
        let erasures = Erasures::new(Arc::clone(store) as _, Arc::clone(clock) as _, PATIENCE)
            .with_receipts(Arc::new(FakeSigner));
        let accounts = AccountService::new(
            services.settings.clone(),
            services.relationships.clone(),
            services.administration.clone(),
            erasures,
            Arc::clone(&services.clock) as _,
            Arc::new(FakeIds::default()),
        );
        Self {
            accounts,
            ..services
        }
    }

    /// As another process has them that uses the same store.
    pub fn over(store: Arc<FakeStore>, has_cache: bool) -> Self {
        Self::with_catalogue(store, has_cache, Arc::new(Catalogue::core()))
    }

    fn with_catalogue(store: Arc<FakeStore>, has_cache: bool, catalogue: Arc<Catalogue>) -> Self {
        let (cache, clock) = (
            Arc::<FakeSettingsCache>::default(),
            Arc::<FakeClock>::default(),
        );
        let ids = Arc::new(FakeIds::default());
        let current = Arc::new(CurrentCatalogue::new(Arc::clone(&catalogue)));
        let used_cache = has_cache.then(|| Arc::clone(&cache) as Arc<dyn SettingsCache>);
        let settings = SettingsService::new(
            Arc::clone(&store) as _,
            used_cache,
            Arc::clone(&store) as _,
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
        );
        let rules = RuleService::new(Arc::clone(&store) as _, Arc::clone(&current));
        let stores = RelationshipStores {
            contacts: Arc::clone(&store) as _,
            blocks: Arc::clone(&store) as _,
            exceptions: Arc::clone(&store) as _,
            follows: Arc::clone(&store) as _,
            tombstones: Arc::clone(&store) as _,
        };
        let relationships = RelationshipService::new(
            stores,
            rules.clone(),
            Arc::clone(&current),
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
        );
        let administration = AdministrationService::new(
            settings.clone(),
            relationships.clone(),
            Arc::clone(&store) as _,
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
        );
        let erasures = Erasures::new(Arc::clone(&store) as _, Arc::clone(&clock) as _, PATIENCE);
        let accounts = AccountService::new(
            settings.clone(),
            relationships.clone(),
            administration.clone(),
            erasures,
            Arc::clone(&clock) as _,
            Arc::clone(&ids) as _,
        );
        let stores = TransferStores {
            transfer: Arc::clone(&store) as _,
            contacts: Arc::clone(&store) as _,
            blocks: Arc::clone(&store) as _,
            exceptions: Arc::clone(&store) as _,
        };
        let transfer = TransferService::new(
            stores,
            settings.clone(),
            relationships.clone(),
            accounts.clone(),
            Arc::clone(&current),
            Arc::clone(&clock) as _,
            ids,
        );
        let feed = Arc::<FakeChangeStore>::default();
        let changes = ChangeService::new(
            Arc::clone(&feed) as _,
            settings.clone(),
            Arc::clone(&current),
            Arc::clone(&clock) as _,
        );
        Self {
            store,
            cache,
            clock,
            catalogue,
            settings,
            relationships,
            rules,
            accounts,
            administration,
            transfer,
            feed,
            changes,
            current,
        }
    }

    /// An update of settings or preferences, given as an object.
    pub fn update(&self, family: Family, wanted: &Value) -> SettingsUpdate {
        if family == Family::Preferences {
            return self
                .catalogue
                .preferences()
                .parse_update(wanted)
                .unwrap()
                .into();
        }
        let members = wanted.as_object().unwrap().iter();
        let members = members.map(|(name, value)| (name.as_str(), value));
        self.catalogue.parse_update(family, members).unwrap()
    }

    /// The user changes some of their settings, whatever stands.
    pub async fn change(
        &self,
        user_id: UserId,
        family: Family,
        wanted: &Value,
    ) -> Result<Arc<User>, ChangeError> {
        self.change_if(user_id, Precondition::NONE, family, wanted)
            .await
    }

    /// The same on a condition.
    pub async fn change_if(
        &self,
        user_id: UserId,
        precondition: Precondition,
        family: Family,
        wanted: &Value,
    ) -> Result<Arc<User>, ChangeError> {
        let loaded = self.settings.load(user_id).await?;
        let update = self.update(family, wanted);
        self.settings
            .change(
                &caller(user_id),
                &loaded,
                precondition,
                &self.catalogue,
                update,
            )
            .await
    }
}
