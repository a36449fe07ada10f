"""What a person types and sees. Nothing else prints or reads keys."""
