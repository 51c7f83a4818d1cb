#![allow(warnings, clippy::all, clippy::pedantic)]
use diesel::prelude::*;
use diesel::r2d2::*;
use privet_application::settings::*;
use privet_domain::email_contact::EmailContact;
use privet_postgres::*;
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::*;
use std::sync::Arc;
use std::time::*;
#[path = "../src/schema.rs"]
mod schema;
use schema::users;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<_> = s.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
async fn measure<F, Fut>(name: &str, n: usize, tasks: usize, f: F)
where
    F: Fn(usize) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = ()> + Send,
{
    let f = Arc::new(f);
    let (t, c) = (Instant::now(), cpu());
    let mut set = tokio::task::JoinSet::new();
    for k in 0..tasks {
        let f = f.clone();
        set.spawn(async move {
            for i in 0..n / tasks {
                f(k * 7919 + i).await
            }
        });
    }
    set.join_all().await;
    println!(
        "{name}: {:.0}/s, {:.1} us CPU each",
        n as f64 / t.elapsed().as_secs_f64(),
        (cpu() - c) * 1e6 / n as f64
    );
}
fn main() {
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    rt.block_on(async {
        let pool_size: u32 = std::env::var("POOL").ok().map_or(4, |p| p.parse().unwrap());
        let open = move |url: &str| {
            PostgresStore::new(PostgresConfig {
                url: url.into(),
                pool: pool_size,
                timeout: Duration::from_secs(2),
            })
            .unwrap()
        };
        let db = TestDatabase::migrated(async |url| open(&url).migrate().await.unwrap()).await;
        let store = Arc::new(open(db.url()));
        let ids: Arc<Vec<_>> = Arc::new((0..5000).map(|_| somebody()).collect());
        {
            let (s, ids) = (store.clone(), ids.clone());
            measure("create", 5000, 1, move |i| {
                let (s, ids) = (s.clone(), ids.clone());
                async move {
                    s.create(&ids[i % 5000]).await.unwrap();
                }
            })
            .await;
        }
        let pool = diesel::r2d2::Pool::builder()
            .max_size(pool_size)
            .test_on_check_out(false)
            .build(ConnectionManager::<PgConnection>::new(db.url()))
            .unwrap();
        let sem = Arc::new(tokio::sync::Semaphore::new(pool_size as usize));
        for round in 0..3 {
            {
                let (s, ids) = (store.clone(), ids.clone());
                measure("store.find", 60000, 32, move |i| {
                    let (s, ids) = (s.clone(), ids.clone());
                    async move {
                        assert!(matches!(
                            s.find(ids[i % 5000].id).await.unwrap(),
                            Presence::Here(_)
                        ));
                    }
                })
                .await;
            }
            {
                let (p, ids, sem) = (pool.clone(), ids.clone(), sem.clone());
                measure("bare diesel", 60000, 32, move |i| {
                    let (p, ids, sem) = (p.clone(), ids.clone(), sem.clone());
                    async move {
                        let permit = sem.acquire_owned().await.unwrap();
                        let id = privet_database::DbUuid::from(ids[i % 5000].id);
                        let row: privet_database::settings::UserRow =
                            tokio::task::spawn_blocking(move || {
                                let _p = permit;
                                let mut c = p.get().unwrap();
                                users::table.find(id).first(&mut c).unwrap()
                            })
                            .await
                            .unwrap();
                        std::hint::black_box(row);
                    }
                })
                .await;
            }
        }
        {
            let (s, ids) = (store.clone(), ids.clone());
            measure("update", 20000, 32, move |i| {
                let (s, ids) = (s.clone(), ids.clone());
                async move {
                    let Presence::Here(u) = s.find(ids[i % 5000].id).await.unwrap() else {
                        panic!()
                    };
                    let c = change(
                        &u,
                        EmailContact {
                            allow_email_contact: i % 2 == 0,
                        },
                    );
                    s.compare_and_set(&c).await.unwrap();
                }
            })
            .await;
        }
    });
}
