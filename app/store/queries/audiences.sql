SELECT subscription_id, roles, types, policies, severities, unheard, format
FROM subscriptions
WHERE enabled
ORDER BY subscription_id
