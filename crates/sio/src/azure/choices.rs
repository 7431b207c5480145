//! What there is to choose about an app in Azure.

use clap::ValueEnum;

/// The choices that the templates are written for. Each is the default of a parameter in `main.bicep` afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::Args)]
pub(crate) struct Choices {
    /// How the app and the service know each other.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) auth: Auth,
    /// What the handler runs on.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) plan: Plan,
    /// Tier of the service.
    #[arg(long, value_enum, value_name = "TIER", default_value_t)]
    pub(crate) service: Tier,
    /// Let users sign in with App Service Authentication ("EasyAuth"); with --auth identity they must.
    #[arg(long)]
    pub(crate) easy_auth: bool,
}

impl Choices {
    /// Whether the app needs a registration in Microsoft Entra, for users to sign in to or for the service's tokens.
    pub(crate) fn registration(self) -> bool {
        self.easy_auth || self.auth == Auth::Identity
    }
}

/// How the app and the service know each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Auth {
    /// By an access key of the service, in the app's settings.
    #[default]
    Key,
    /// By managed identities, without any key. Needs the right to create an app registration.
    Identity,
}

/// What the handler runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Plan {
    /// Flex Consumption: scales to zero, and costs nothing while nothing happens.
    #[default]
    Flex,
    /// An App Service plan (B1) that runs and costs all the time.
    Dedicated,
}

/// Tier of Web PubSub.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Tier {
    /// 20 connections and 20,000 messages a day, free of charge.
    #[default]
    #[value(name = "Free_F1")]
    Free,
    /// 1,000 connections a unit.
    #[value(name = "Standard_S1")]
    Standard,
    /// 1,000 connections a unit, with availability zones and autoscale.
    #[value(name = "Premium_P1")]
    Premium,
}

impl Tier {
    /// Its name in Azure.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Free => "Free_F1",
            Self::Standard => "Standard_S1",
            Self::Premium => "Premium_P1",
        }
    }
}

impl Plan {
    /// Its name in `main.bicep`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flex => "Flex",
            Self::Dedicated => "Dedicated",
        }
    }
}
