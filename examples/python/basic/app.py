from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from cdk_daemon_service_autoscaler import DaemonServiceAutoscaler
from constructs import Construct


class LogAgentStack(Stack):
    """A cluster with a log agent on each of its container instances."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)

        cluster = ecs.Cluster(self, "Cluster", vpc=ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1))
        cluster.add_capacity(
            "Hosts",
            instance_type=ec2.InstanceType("t3.small"),
            machine_image=ecs.EcsOptimizedImage.amazon_linux2023(),
            min_capacity=2,
            max_capacity=10,
        )

        task_definition = ecs.Ec2TaskDefinition(self, "LogAgentTask")
        task_definition.add_container(
            "agent",
            image=ecs.ContainerImage.from_registry("fluent/fluent-bit:4.1"),
            memory_reservation_mib=64,
            logging=ecs.LogDrivers.aws_logs(stream_prefix="log-agent"),
        )

        service = ecs.Ec2Service(
            self,
            "LogAgent",
            cluster=cluster,
            task_definition=task_definition,
            # No desired_count: each update of the stack would reset it.
            placement_constraints=[ecs.PlacementConstraint.distinct_instances()],
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
            min_healthy_percent=50,
        )

        DaemonServiceAutoscaler(self, "LogAgentAutoscaler", cluster=cluster, service=service)


app = App()
LogAgentStack(app, "LogAgent")
app.synth()
