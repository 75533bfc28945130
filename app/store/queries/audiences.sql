SELECT subscription_id, roles, types, policies, severities
FROM subscriptions
WHERE enabled
ORDER BY subscription_id
