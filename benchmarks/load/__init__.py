"""Load tests of the service and the bot: questions, generators and targets."""
