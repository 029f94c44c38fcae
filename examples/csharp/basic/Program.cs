using Amazon.CDK;

namespace LogAgent
{
    public static class Program
    {
        public static void Main()
        {
            var app = new App();
            new LogAgentStack(app, "LogAgent");
            app.Synth();
        }
    }
}
