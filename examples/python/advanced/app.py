from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from cdk_daemon_service_autoscaler import (
    DaemonServiceAutoscaler,
    FleetDaemonServiceAutoscaler,
    ScalingStep,
    TaskScaling,
)
from constructs import Construct


class ClusterServicesStack(Stack):
    """A cluster with three services under one function, each of which scales in a way of its own."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)

        cluster = ecs.Cluster(self, "Cluster", vpc=ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1))
        cluster.add_capacity(
            "Hosts",
            instance_type=ec2.InstanceType("m7i.xlarge"),
            machine_image=ecs.EcsOptimizedImage.amazon_linux2023(),
            min_capacity=2,
            max_capacity=100,
        )

        # One task for 16 instances or 64 vCPUs, whichever asks for more.
        autoscaler = DaemonServiceAutoscaler(
            self,
            "Autoscaler",
            cluster=cluster,
            service=self.add_agent(cluster, "Dns", "coredns/coredns:1.13.1"),
            scaling=TaskScaling.linear(
                instances_per_task=16,
                vcpus_per_task=64,
                prevent_single_point_of_failure=True,
            ),
            min_task_count=1,
            max_task_count=50,
        )

        # One on every instance.
        autoscaler.add_service(self.add_agent(cluster, "LogAgent", "fluent/fluent-bit:4.1"))

        # In steps, and only where it is fast.
        autoscaler.add_service(
            self.add_agent(cluster, "Cache", "valkey/valkey:8.1"),
            scaling=TaskScaling.ladder(
                instance_steps=[
                    ScalingStep(threshold=1, task_count=2),
                    ScalingStep(threshold=20, task_count=5),
                ],
            ),
            instance_filter="attribute:ecs.instance-type =~ m7i.*",
        )

    def add_agent(self, cluster: ecs.Cluster, name: str, image: str) -> ecs.Ec2Service:
        task_definition = ecs.Ec2TaskDefinition(self, f"{name}Task")
        task_definition.add_container(
            "main",
            image=ecs.ContainerImage.from_registry(image),
            memory_reservation_mib=128,
            logging=ecs.LogDrivers.aws_logs(stream_prefix=name),
        )
        return ecs.Ec2Service(
            self,
            name,
            cluster=cluster,
            task_definition=task_definition,
            # No desired_count: each update of the stack would reset it.
            placement_constraints=[ecs.PlacementConstraint.distinct_instances()],
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.DISABLED,
            min_healthy_percent=50,
        )


class FleetStack(Stack):
    """The services named node-agent, in every cluster of the account and Region, whoever deploys them."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs) -> None:
        super().__init__(scope, construct_id, **kwargs)

        FleetDaemonServiceAutoscaler(self, "NodeAgentAutoscaler", service_name="node-agent", max_task_count=500)


app = App()
ClusterServicesStack(app, "ClusterServices")
FleetStack(app, "Fleet")
app.synth()
