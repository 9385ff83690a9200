// Ten lines against `sigcheck serve`, .NET 8 alone: dotnet run FILE.pdf
using System.Net.Http.Headers;
using System.Text.Json;

const string Service = "http://127.0.0.1:8000";

using var client = new HttpClient();
// client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "KEY");
using var pdf = new StreamContent(File.OpenRead(args[0]));
pdf.Headers.ContentType = new MediaTypeHeaderValue("application/pdf");
using var answer = await client.PostAsync($"{Service}/v1/verify?lang=vi", pdf);
answer.EnsureSuccessStatusCode();
using var report = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
Console.WriteLine(report.RootElement.GetProperty("documents")[0].GetProperty("indication"));
