//! Which resources an app is published into, by names that are given, or from whatever made them.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde_json::Value;

use super::tool::{Call, Tools};

/// Which resources.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct PlaceArgs {
    /// The deployment whose outputs name the resources: `az deployment sub create --name NAME`.
    #[arg(long, value_name = "NAME")]
    deployment: Option<String>,
    /// The resource group.
    #[arg(long, value_name = "NAME", env = "AZURE_RESOURCE_GROUP")]
    resource_group: Option<String>,
    /// The function app.
    #[arg(long, value_name = "NAME", env = "APP_NAME")]
    app: Option<String>,
    /// The Web PubSub service.
    #[arg(long, value_name = "NAME", env = "SERVICE_NAME")]
    service: Option<String>,
    /// What the service's identity asks a token for, if it calls the webhook by identity.
    #[arg(
        long,
        value_name = "ID",
        env = "WEBHOOK_AUDIENCE",
        hide_default_value = true
    )]
    audience: Option<String>,
    /// The subscription, if it is another than `az account show` says.
    #[arg(long, value_name = "ID", env = "AZURE_SUBSCRIPTION_ID")]
    subscription: Option<String>,
    /// The app's address, if it is another than its name in Azure gives it.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// The resources of an app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) group: String,
    pub(crate) app: String,
    pub(crate) service: String,
    /// What the service's identity asks a token for; without one, the service signs with its key.
    pub(crate) audience: Option<String>,
    /// The app's address, without a slash at the end.
    pub(crate) url: String,
}

impl Place {
    /// Finds the resources, after making sure that `az` is signed in: nothing else would work.
    pub(crate) async fn find(
        args: &PlaceArgs,
        project: &Path,
        dry_run: bool,
    ) -> anyhow::Result<(Self, Tools)> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let tools = Tools::new(dry_run, given(&args.subscription), project);
        let by_name = given(&args.resource_group).is_some() && args.deployment.is_none();
        let azd = project.join(".azure").is_dir();
        let (outputs, tools) = match &args.deployment {
            Some(name) => {
                signed_in(&tools).await?;
                (deployment(&tools, name).await?, tools)
            }
            None if by_name => {
                signed_in(&tools).await?;
                (Value::Null, tools)
            }
            None if azd => {
                let values = environment(&tools).await?;
                let subscription = values["AZURE_SUBSCRIPTION_ID"].as_str().map(str::to_owned);
                let tools = tools.within(subscription);
                signed_in(&tools).await?;
                (values, tools)
            }
            None => bail!(
                "no resources are named\nhint: make them as infra/README.md says, then name their deployment: sio deploy --deployment NAME"
            ),
        };
        // Names in the environment may be those of another app than the deployment that was asked for.
        let value = |argument: &Option<String>, name: &str| {
            let argument = given(argument).filter(|_| by_name);
            match argument.or_else(|| output(&outputs, name)) {
                Some(value) => Ok(value),
                None if dry_run => Ok(name.to_owned()),
                None => Err(anyhow::anyhow!(
                    "the resources have no {name}\nhint: it is an output of infra/main.bicep; deploy that again, or name all of --resource-group, --app and --service"
                )),
            }
        };
        let group = value(&args.resource_group, "AZURE_RESOURCE_GROUP")?;
        let app = value(&args.app, "APP_NAME")?;
        let service = value(&args.service, "SERVICE_NAME")?;
        let audience = given(&args.audience)
            .filter(|_| by_name)
            .or_else(|| output(&outputs, "WEBHOOK_AUDIENCE"));
        let url = match (given(&args.url), output(&outputs, "APP_HOST")) {
            (Some(url), _) => url,
            (None, Some(host)) => format!("https://{host}"),
            (None, None) => {
                let call = Call::az("functionapp show --query defaultHostName --output tsv")
                    .option("--resource-group", &group)
                    .option("--name", &app);
                format!("https://{}", tools.ask(call, "APP_HOST").await?)
            }
        };
        let place = Self {
            group,
            app,
            service,
            audience,
            url: url.trim_end_matches('/').to_owned(),
        };
        Ok((place, tools))
    }
}

async fn signed_in(tools: &Tools) -> anyhow::Result<()> {
    let call = Call::az("account show --output none");
    tools.run(call).await.map(drop).context(
        "az is not signed in, or not to this subscription\nhint: run az login (azd signs in apart)",
    )
}

/// The outputs of a deployment, by name.
async fn deployment(tools: &Tools, name: &str) -> anyhow::Result<Value> {
    let call = Call::az("deployment sub show --query properties.outputs --output json")
        .option("--name", name);
    let said = tools.run(call).await.with_context(|| {
        format!(
            "cannot read the deployment {name}\nhint: az deployment sub list shows which there are"
        )
    })?;
    said.map_or(Ok(Value::Null), |text| {
        serde_json::from_str(&text).context("the outputs of the deployment are not JSON")
    })
}

/// The values of azd's environment, by name.
async fn environment(tools: &Tools) -> anyhow::Result<Value> {
    let said = tools
        .run(Call::azd("env get-values --output json"))
        .await
        .context("cannot read azd's environment\nhint: azd env list shows which there are")?;
    said.map_or(Ok(Value::Null), |text| {
        serde_json::from_str(&text).context("azd's environment is not JSON")
    })
}

/// An output by name. `az` changes the case of some letters, and wraps values.
fn output(outputs: &Value, name: &str) -> Option<String> {
    let (_, value) = outputs
        .as_object()?
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    let value = value.get("value").unwrap_or(value).as_str()?;
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_found_whatever_their_case_and_wrapping() {
        let az = serde_json::json!({ "apP_NAME": { "type": "String", "value": "func-x" }, "webhooK_AUDIENCE": { "value": "" } });
        assert_eq!(output(&az, "APP_NAME").as_deref(), Some("func-x"));
        assert_eq!(output(&az, "WEBHOOK_AUDIENCE"), None);
        let azd = serde_json::json!({ "APP_NAME": "func-y" });
        assert_eq!(output(&azd, "APP_NAME").as_deref(), Some("func-y"));
        assert_eq!(output(&Value::Null, "APP_NAME"), None);
    }
}
