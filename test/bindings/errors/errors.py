from aws_cdk import App, Stack
from aws_cdk.aws_ecs import Cluster, Ec2Service
from cdk_daemon_service_autoscaler import DaemonServiceAutoscaler

stack = Stack(App(), "Errors")
cluster = Cluster.from_cluster_arn(stack, "Cluster", "arn:aws:ecs:us-east-1:111122223333:cluster/edge")
service = Ec2Service.from_ec2_service_attributes(stack, "Service", cluster=cluster, service_name="agent")


def attempt(name, **bounds):
    try:
        DaemonServiceAutoscaler(stack, name, cluster=cluster, service=service, **bounds)
        print("nothing raised for", name)
    except Exception as error:
        print(f"caught {type(error).__name__}: {error}")


attempt("Negative", max_task_count=-1)
attempt("BelowMinimum", min_task_count=5, max_task_count=2)
print("still running")
