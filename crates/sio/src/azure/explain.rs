//! What the templates will make, what of it costs money, and which rights it takes: said before anything happens.

use super::choices::{Auth, Choices, Plan, Tier};

/// Something that will exist in Azure.
struct Resource {
    what: &'static str,
    purpose: &'static str,
    cost: &'static str,
}

/// What a person needs to be allowed.
struct Right {
    action: &'static str,
    needs: &'static str,
}

fn resources(choices: Choices) -> Vec<Resource> {
    let resource = |what, purpose, cost| Resource {
        what,
        purpose,
        cost,
    };
    let mut all = vec![resource(
        "resource group, two managed identities",
        "hold everything; say who the app and the service are",
        "free",
    )];
    all.push(match choices.service {
        Tier::Free => resource(
            "Web PubSub for Socket.IO, Free_F1",
            "holds the connections",
            "free: 20 connections, 20,000 messages a day",
        ),
        Tier::Standard => resource(
            "Web PubSub for Socket.IO, Standard_S1",
            "holds the connections: 1,000 a unit",
            "COSTS for each unit and day, used or not; more for outbound messages (2 KB each) beyond 1 million a unit and day",
        ),
        Tier::Premium => resource(
            "Web PubSub for Socket.IO, Premium_P1",
            "holds the connections: 1,000 a unit, in several zones",
            "COSTS for each unit and day, used or not; more for outbound messages (2 KB each) beyond 1 million a unit and day",
        ),
    });
    all.push(match choices.plan {
        Plan::Flex => resource(
            "function app, Flex Consumption",
            "runs the handler, on no instance while nothing happens",
            "free up to a monthly grant of executions and GB-seconds, then COSTS by both",
        ),
        Plan::Dedicated => resource(
            "function app, App Service plan B1",
            "runs the handler, always on",
            "COSTS by the hour, used or not",
        ),
    });
    all.push(resource(
        "storage account, Standard_LRS",
        "the host's own: keys of functions, the package",
        "COSTS by GB and operation, without a free tier: typically cents a month",
    ));
    all.push(resource(
        "Log Analytics workspace, Application Insights",
        "logs, kept for 30 days",
        "free up to 5 GB a month, then COSTS by GB",
    ));
    if choices.registration() {
        all.push(resource(
            "app registration in Microsoft Entra",
            match (choices.easy_auth, choices.auth) {
                (true, Auth::Identity) => "users sign in to it; the service gets tokens for it",
                (true, Auth::Key) => "users sign in to it",
                (false, _) => "the service gets tokens for it",
            },
            "free",
        ));
    }
    all
}

fn rights(choices: Choices) -> Vec<Right> {
    let right = |action, needs| Right { action, needs };
    let mut all = vec![right(
        "create the resources",
        "on the subscription: Owner, or Contributor with User Access Administrator, since identities get roles",
    )];
    if choices.registration() {
        all.push(right(
            "create the app registration",
            "in Microsoft Entra: Application Developer; for a pipeline the Graph permission Application.ReadWrite.OwnedBy",
        ));
    }
    all.push(right(
        "sio deploy",
        "on the resource group: Contributor; with --deployment, Reader on the subscription; nothing in Microsoft Entra",
    ));
    if choices.auth == Auth::Identity {
        all.push(right(
            "sio deploy's proof, unless a plain GET gets a token from negotiation",
            "on the service: Web PubSub Service Owner, which Owner and Contributor do not include",
        ));
    }
    all
}

/// For a terminal.
pub(super) fn lines(choices: Choices) -> Vec<String> {
    let mut lines = vec!["these templates make, when you deploy them:".to_owned()];
    for Resource { what, cost, .. } in resources(choices) {
        lines.push(format!("  {what}\n      {cost}"));
    }
    lines.push("rights that the signed-in person needs:".to_owned());
    for Right { action, needs } in rights(choices) {
        lines.push(format!("  {action}\n      {needs}"));
    }
    lines
}

/// For a page.
pub(super) fn markdown(choices: Choices) -> String {
    let mut text =
        "## What it makes, and what it costs\n\n| resource | for | cost |\n|---|---|---|\n"
            .to_owned();
    for Resource {
        what,
        purpose,
        cost,
    } in resources(choices)
    {
        text.push_str(&format!("| {what} | {purpose} | {cost} |\n"));
    }
    text.push_str("\nPrices differ by region: see the pricing calculator of Azure.\n");
    text.push_str("\n## Who may do it\n\n| to | you need |\n|---|---|\n");
    for Right { action, needs } in rights(choices) {
        text.push_str(&format!("| {action} | {needs} |\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_needs_no_right_in_the_tenant_and_no_paid_tier() {
        let text = lines(Choices::default()).join("\n");
        assert!(!text.contains("Application Developer"), "{text}");
        assert!(text.contains("Free_F1") && text.contains("Flex"), "{text}");
        let costs = text.matches("used or not").count();
        assert_eq!(costs, 0, "{text}");
    }

    #[test]
    fn what_costs_while_idle_says_so() {
        let choices = Choices {
            plan: Plan::Dedicated,
            service: Tier::Standard,
            auth: Auth::Identity,
            easy_auth: true,
        };
        let text = lines(choices).join("\n");
        assert_eq!(text.matches("used or not").count(), 2, "{text}");
        assert!(text.contains("Application Developer"), "{text}");
        assert!(markdown(choices).contains("Application Developer"));
    }
}
