"""From several people's labels to gold: agreement, adjudication."""
