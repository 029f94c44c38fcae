using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using Amazon.CDK.AWS.ECS;
using CdkDaemonServiceAutoscaler;
using Constructs;

namespace LogAgent
{
    /// <summary>A cluster with a log agent on each of its container instances.</summary>
    public class LogAgentStack : Stack
    {
        public LogAgentStack(Construct scope, string id, IStackProps props = null) : base(scope, id, props)
        {
            var cluster = new Cluster(this, "Cluster", new ClusterProps
            {
                Vpc = new Vpc(this, "Vpc", new VpcProps { MaxAzs = 2, NatGateways = 1 }),
            });
            cluster.AddCapacity("Hosts", new AddCapacityOptions
            {
                InstanceType = new InstanceType("t3.small"),
                MachineImage = EcsOptimizedImage.AmazonLinux2023(),
                MinCapacity = 2,
                MaxCapacity = 10,
            });

            var taskDefinition = new Ec2TaskDefinition(this, "LogAgentTask");
            taskDefinition.AddContainer("agent", new ContainerDefinitionOptions
            {
                Image = ContainerImage.FromRegistry("fluent/fluent-bit:4.1"),
                MemoryReservationMiB = 64,
                Logging = LogDrivers.AwsLogs(new AwsLogDriverProps { StreamPrefix = "log-agent" }),
            });

            var service = new Ec2Service(this, "LogAgent", new Ec2ServiceProps
            {
                Cluster = cluster,
                TaskDefinition = taskDefinition,
                // No DesiredCount: each update of the stack would reset it.
                PlacementConstraints = new[] { PlacementConstraint.DistinctInstances() },
                AvailabilityZoneRebalancing = AvailabilityZoneRebalancing.DISABLED,
                MinHealthyPercent = 50,
            });

            new DaemonServiceAutoscaler(this, "LogAgentAutoscaler", new DaemonServiceAutoscalerProps
            {
                Cluster = cluster,
                Service = service,
            });
        }
    }
}
