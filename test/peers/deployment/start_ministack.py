"""Starts ministack. Its PutEvents refuses events of AWS's own services ("aws.…"), as AWS's does from anyone but these services;
the test plays ECS and CloudFormation, so PutEvents gets the permission that ministack gives the services it emulates."""
from functools import partial

from ministack.app import main
from ministack.services import eventbridge

eventbridge._put_events = partial(eventbridge._put_events, allow_aws_source=True)
main()
