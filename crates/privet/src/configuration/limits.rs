//! The rate limits.

use std::num::NonZeroU32;
use std::time::Duration;

use privet_application::rate_limits::{Limit, Quota};

use super::{ConfigurationError, Environment};

/// The finest interval that limiters support.
const MOST_REQUESTS: u32 = 1_000_000;

/// The quotas of all limits.
#[derive(Debug, Clone, Copy)]
pub struct Limits([(Limit, Quota); Limit::ALL.len()]);

impl Limits {
    /// Reads all quotas; `None` if limits are off.
    pub fn read(environment: &Environment) -> Result<Option<Self>, ConfigurationError> {
        let are_on = environment.parsed("PRIVET_RATE_LIMITS", "on or off", |text| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        })?;
        let mut quotas = Limit::ALL.map(|limit| (limit, limit.default_quota()));
        for (limit, quota) in &mut quotas {
            *quota = read_quota(environment, *limit)?;
        }
        Ok(are_on.unwrap_or(true).then_some(Self(quotas)))
    }

    /// The quota of one limit.
    pub fn quota(&self, limit: Limit) -> Quota {
        let found = self.0.iter().find(|(candidate, _)| *candidate == limit);
        found.map_or_else(|| limit.default_quota(), |(_, quota)| *quota)
    }
}

/// The variable of a limit's quota.
pub fn limit_variable(limit: Limit) -> String {
    format!("PRIVET_LIMIT_{}", limit.name().to_ascii_uppercase())
}

fn read_quota(environment: &Environment, limit: Limit) -> Result<Quota, ConfigurationError> {
    let quota = environment.parsed(
        &limit_variable(limit),
        "a number from 1 to 1000000 and a time, such as 15/minute, 100/second or 1000/hour",
        parse_quota,
    )?;
    Ok(quota.unwrap_or(limit.default_quota()))
}

fn parse_quota(text: &str) -> Option<Quota> {
    let (requests, window) = text.split_once('/')?;
    let requests: NonZeroU32 = requests.parse().ok()?;
    let seconds = match window {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        _ => return None,
    };
    (requests.get() <= MOST_REQUESTS).then_some(Quota {
        requests,
        window: Duration::from_secs(seconds),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Limits>, ConfigurationError> {
        Limits::read(&Environment::of(variables))
    }

    #[test]
    fn limits_are_on_with_the_quotas_of_the_contract() {
        let limits = read(&[]).unwrap().unwrap();
        assert_eq!(limits.quota(Limit::MessagingRead), Quota::per_minute(15));
        assert_eq!(
            limits.quota(Limit::FailedAuthentication),
            Quota::per_minute(60)
        );
    }

    #[test]
    fn each_limit_has_a_variable_of_its_own() {
        let variables = [
            ("PRIVET_LIMIT_GENERAL", "100/second"),
            ("PRIVET_LIMIT_FAILED_AUTH", "7/hour"),
        ];
        let limits = read(&variables).unwrap().unwrap();
        assert_eq!(limits.quota(Limit::General).requests.get(), 100);
        assert_eq!(limits.quota(Limit::General).window.as_secs(), 1);
        let failed = limits.quota(Limit::FailedAuthentication);
        assert_eq!((failed.requests.get(), failed.window.as_secs()), (7, 3_600));
        assert_eq!(limits.quota(Limit::AccountUpdate), Quota::per_minute(30));
    }

    #[test]
    fn limits_can_be_switched_off() {
        assert!(read(&[("PRIVET_RATE_LIMITS", "off")]).unwrap().is_none());
    }

    #[test]
    fn a_bad_quota_is_refused_even_where_limits_are_off() {
        for quota in [
            "15",
            "0/minute",
            "-1/minute",
            "15/day",
            "15 / minute",
            "1.5/second",
            "1000001/hour",
        ] {
            let variables = [
                ("PRIVET_RATE_LIMITS", "off"),
                ("PRIVET_LIMIT_GENERAL", quota),
            ];
            let message = read(&variables).unwrap_err().to_string();
            assert!(message.starts_with("PRIVET_LIMIT_GENERAL"), "{message}");
        }
        assert!(read(&[("PRIVET_RATE_LIMITS", "no")]).is_err());
    }
}
